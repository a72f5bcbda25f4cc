import type { Pool } from '../config/snapshot.ts'
import type { Address, Family } from '../net/address.ts'
import { AddressSpace } from './address-space.ts'
import { saturate } from './capacity.ts'

/** As in `IPAddressPool.status`: distinct addresses. */
export interface PoolCounters {
  readonly assignedIPv4: number
  readonly assignedIPv6: number
  readonly availableIPv4: bigint
  readonly availableIPv6: bigint
}

/** A pool with its addresses of both families and the Services that hold some. */
export class PoolSpace {
  readonly pool: Pool
  readonly services = new Set<string>()
  readonly #families: Readonly<Record<Family, AddressSpace>>

  constructor(pool: Pool) {
    this.pool = pool
    this.#families = { 4: spaceOf(pool, 4), 6: spaceOf(pool, 6) }
  }

  family(family: Family): AddressSpace {
    return this.#families[family]
  }

  contains(address: Address): boolean {
    return this.family(address.family).contains(address)
  }

  counters(): PoolCounters {
    const { 4: four, 6: six } = this.#families
    return {
      assignedIPv4: four.inUse,
      assignedIPv6: six.inUse,
      availableIPv4: four.capacity - BigInt(four.inUse),
      availableIPv6: six.capacity - BigInt(six.inUse),
    }
  }

  capacity(): { readonly total: bigint; readonly ipv4: bigint; readonly ipv6: bigint } {
    const { 4: four, 6: six } = this.#families
    return { total: saturate(four.capacity + six.capacity), ipv4: four.capacity, ipv6: six.capacity }
  }
}

function spaceOf(pool: Pool, family: Family): AddressSpace {
  const ranges = pool.ranges.filter((range) => range.family === family)
  return new AddressSpace(family, ranges, pool.avoidBuggyIPs)
}
