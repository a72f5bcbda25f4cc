import { Gauge, type Registry } from 'prom-client'
import type { PoolSpace } from '../allocation/pool-space.ts'

const poolGauges: readonly { name: string; help: string; value: (space: PoolSpace) => number | bigint }[] = [
  { name: 'addresses_total', help: 'Usable addresses', value: (space) => space.usable },
  { name: 'ipv4_addresses_total', help: 'Usable IPv4 addresses', value: (space) => space.family(4).usable },
  { name: 'ipv6_addresses_total', help: 'Usable IPv6 addresses', value: (space) => space.family(6).usable },
  { name: 'addresses_in_use_total', help: 'Addresses in use', value: (space) => inUse(space, 4) + inUse(space, 6) },
  { name: 'ipv4_addresses_in_use_total', help: 'IPv4 addresses in use', value: (space) => inUse(space, 4) },
  { name: 'ipv6_addresses_in_use_total', help: 'IPv6 addresses in use', value: (space) => inUse(space, 6) },
  {
    name: 'reserved_addresses',
    help: 'Addresses that an IPReservation keeps and no Service has',
    value: (space) => space.family(4).kept + space.family(6).kept,
  },
  {
    name: 'services_allocated_total',
    help: 'Services with addresses from the pool',
    value: (space) => space.serviceCount,
  },
]

/** Names and labels are MetalLB's. What pools hold is read when somebody asks. */
export function registerPoolMetrics(registry: Registry, pools: () => Iterable<PoolSpace>): void {
  for (const { name, help, value } of poolGauges) {
    new Gauge({
      name: `metallb_allocator_${name}`,
      help: `${help}, by pool`,
      labelNames: ['pool'],
      registers: [registry],
      collect() {
        this.reset() // so that a removed pool has no series
        for (const space of pools()) this.set({ pool: space.pool.name }, Number(value(space)))
      },
    })
  }
}

/** Over all replicas the sum is 1, and 0 while the lease of a leader that is gone runs out. */
export function registerLeaderMetric(registry: Registry, isLeader: () => boolean): void {
  new Gauge({
    name: 'metallb_controller_leader',
    help: '1 when this replica leads: only then does it allocate, and know what pools hold',
    registers: [registry],
    collect() {
      this.set(Number(isLeader()))
    },
  })
}

function inUse(space: PoolSpace, family: 4 | 6): number {
  return space.family(family).inUse
}
