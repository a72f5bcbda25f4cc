import { Counter, Gauge, type Registry } from 'prom-client'
import type { PoolSpace } from '../allocation/pool-space.ts'

/** What is counted as it happens. */
export interface ControllerMetrics {
  /** A Service was looked at; `failed`: it does not have what it asks for, or the write failed. */
  update(failed: boolean): void
  config(state: { readonly loaded: boolean; readonly stale: boolean }): void
}

const poolGauges: readonly { name: string; help: string; value: (space: PoolSpace) => number | bigint }[] = [
  { name: 'addresses_total', help: 'Usable addresses', value: (space) => space.capacity().total },
  { name: 'ipv4_addresses_total', help: 'Usable IPv4 addresses', value: (space) => space.capacity().ipv4 },
  { name: 'ipv6_addresses_total', help: 'Usable IPv6 addresses', value: (space) => space.capacity().ipv6 },
  { name: 'addresses_in_use_total', help: 'Addresses in use', value: (space) => inUse(space, 4) + inUse(space, 6) },
  { name: 'ipv4_addresses_in_use_total', help: 'IPv4 addresses in use', value: (space) => inUse(space, 4) },
  { name: 'ipv6_addresses_in_use_total', help: 'IPv6 addresses in use', value: (space) => inUse(space, 6) },
  {
    name: 'services_allocated_total',
    help: 'Services with addresses from the pool',
    value: (space) => space.services.size,
  },
]

/** Names and labels are MetalLB's. What pools hold is read when somebody asks. */
export function createControllerMetrics(registry: Registry, pools: () => Iterable<PoolSpace>): ControllerMetrics {
  const registers = [registry]
  for (const { name, help, value } of poolGauges) {
    new Gauge({
      name: `metallb_allocator_${name}`,
      help: `${help}, by pool`,
      labelNames: ['pool'],
      registers,
      collect() {
        this.reset() // so that a removed pool has no series
        for (const space of pools()) this.set({ pool: space.pool.name }, Number(value(space)))
      },
    })
  }
  const gauge = (name: string, help: string) => new Gauge({ name: `metallb_k8s_client_${name}`, help, registers })
  const counter = (name: string, help: string) => new Counter({ name: `metallb_k8s_client_${name}`, help, registers })
  const loaded = gauge('config_loaded_bool', '1 when a valid configuration has been loaded at least once')
  const stale = gauge('config_stale_bool', '1 when the newest configuration is invalid and an older one is in force')
  const updates = counter('updates_total', 'Services processed')
  const errors = counter('update_errors_total', 'Services whose processing failed')
  return {
    update: (failed) => {
      updates.inc()
      if (failed) errors.inc()
    },
    config: (state) => {
      loaded.set(Number(state.loaded))
      stale.set(Number(state.stale))
    },
  }
}

function inUse(space: PoolSpace, family: 4 | 6): number {
  return space.family(family).inUse
}
