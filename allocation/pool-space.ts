import { isDeepStrictEqual } from 'node:util'
import type { Pool } from '../config/snapshot.ts'
import type { Address, Family } from '../net/address.ts'
import { type AddressRange, rangesOverlap } from '../net/range.ts'
import { AddressSpace } from './address-space.ts'
import { saturate } from './capacity.ts'
import type { User } from './holders.ts'
import type { Bars } from './stock.ts'

/** As in `IPAddressPool.status`: distinct addresses. */
export interface PoolCounters {
  readonly assignedIPv4: number
  readonly assignedIPv6: number
  readonly availableIPv4: bigint
  readonly availableIPv6: bigint
}

/** A pool with its addresses of both families and the Services that hold some. */
export class PoolSpace {
  #pool: Pool
  readonly #families: Readonly<Record<Family, AddressSpace>>
  /** How many addresses each has. */
  readonly #services = new Map<string, number>()

  constructor(pool: Pool, bars: Bars) {
    this.#pool = pool
    this.#families = { 4: spaceOf(pool, 4, bars), 6: spaceOf(pool, 6, bars) }
  }

  get pool(): Pool {
    return this.#pool
  }

  /** Takes the pool as it is now. False: its addresses are others, or are given out otherwise; nothing happened. */
  renew(pool: Pool): boolean {
    if (!isDeepStrictEqual(layoutOf(pool), layoutOf(this.#pool))) return false
    this.#pool = pool
    return true
  }

  family(family: Family): AddressSpace {
    return this.#families[family]
  }

  contains(address: Address): boolean {
    return this.family(address.family).contains(address)
  }

  get serviceCount(): number {
    return this.#services.size
  }

  get services(): Iterable<string> {
    return this.#services.keys()
  }

  /** Assumption: nobody is in the way. */
  enter(address: Address, user: User): void {
    this.family(address.family).hold(address, user)
    this.#services.set(user.service, (this.#services.get(user.service) ?? 0) + 1)
  }

  leave(address: Address, service: string): void {
    this.family(address.family).release(address, service)
    const left = this.#services.get(service)! - 1
    if (left > 0) this.#services.set(service, left)
    else this.#services.delete(service)
  }

  overlaps(range: AddressRange): boolean {
    return this.#pool.ranges.some((own) => rangesOverlap(own, range))
  }

  /** How many more addresses the quota lets the namespace have. */
  roomFor(namespace: string): number {
    const { quota = Number.POSITIVE_INFINITY } = this.#pool
    const used = this.#families[4].countOf(namespace) + this.#families[6].countOf(namespace)
    return Math.max(quota - used, 0)
  }

  counters(): PoolCounters {
    const { 4: four, 6: six } = this.#families
    return {
      assignedIPv4: four.inUse,
      assignedIPv6: six.inUse,
      availableIPv4: four.available,
      availableIPv6: six.available,
    }
  }

  /** As far as an int64 goes. */
  get usable(): bigint {
    return saturate(this.#families[4].usable + this.#families[6].usable)
  }
}

function spaceOf(pool: Pool, family: Family, bars: Bars): AddressSpace {
  const ranges = pool.ranges.filter((range) => range.family === family)
  return new AddressSpace(family, ranges, pool, bars)
}

/** Of a pool, what its address spaces are built from. */
function layoutOf({ ranges, exclude, avoidBuggyIPs, strategy, quota }: Pool): unknown {
  return [ranges, exclude, avoidBuggyIPs, strategy, quota !== undefined]
}
