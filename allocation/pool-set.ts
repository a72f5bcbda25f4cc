import { isDeepStrictEqual } from 'node:util'
import { PoolIndex } from '../config/pool-index.ts'
import type { Pool } from '../config/snapshot.ts'
import type { Address } from '../net/address.ts'
import type { AddressRange } from '../net/range.ts'
import { Candidates } from './candidates.ts'
import { PoolSpace } from './pool-space.ts'
import type { Bars } from './stock.ts'

/** One pool that is not what it was. */
export interface PoolChange {
  /** Undefined: it is new. */
  readonly before: Pool | undefined
  /** Undefined: it is gone. */
  readonly after: Pool | undefined
  /** Its addresses, or how they are given out, changed: what was held in it is held nowhere now. */
  readonly lost: PoolSpace | undefined
}

/** The pools in force, by name and by address. */
export class PoolSet {
  readonly #bars: Bars
  #spaces: ReadonlyMap<string, PoolSpace> = new Map()
  #index = new PoolIndex<Pool>([])
  #candidates = new Candidates([])

  constructor(bars: Bars) {
    this.#bars = bars
  }

  get size(): number {
    return this.#spaces.size
  }

  get candidates(): Candidates {
    return this.#candidates
  }

  get(name: string): PoolSpace | undefined {
    return this.#spaces.get(name)
  }

  values(): Iterable<PoolSpace> {
    return this.#spaces.values()
  }

  /** The pool that has all of the addresses. */
  having(addresses: readonly Address[]): PoolSpace | undefined {
    const found = addresses[0] === undefined ? undefined : this.#index.find(addresses[0])
    const space = found === undefined ? undefined : this.#spaces.get(found.name)
    return addresses.every((address) => space?.contains(address)) ? space : undefined
  }

  /** The pool that leaves the address out although it is in its ranges. */
  avoiding(address: Address): PoolSpace | undefined {
    const found = this.#index.find(address)
    const space = found === undefined ? undefined : this.#spaces.get(found.name)
    return space?.contains(address) ? undefined : space
  }

  /** The pools that have some of the addresses. */
  touching(range: AddressRange): PoolSpace[] {
    if (range.first < range.last) return [...this.#spaces.values()].filter((space) => space.overlaps(range))
    const found = this.#index.find({ family: range.family, value: range.first })
    return found === undefined ? [] : [this.#spaces.get(found.name)!]
  }

  /** Puts other pools in force; those that are the same keep what is held in them. */
  replace(pools: readonly Pool[]): PoolChange[] {
    const changes: PoolChange[] = []
    const former = this.#spaces
    const spaces = pools.map((pool) => {
      const space = former.get(pool.name)
      const before = space?.pool
      if (space !== undefined && isDeepStrictEqual(before, pool)) return space
      const isKept = space?.renew(pool) === true
      changes.push({ before, after: pool, lost: isKept ? undefined : space })
      return isKept ? space : new PoolSpace(pool, this.#bars)
    })
    this.#spaces = new Map(spaces.map((space) => [space.pool.name, space]))
    for (const [name, space] of former) {
      if (!this.#spaces.has(name)) changes.push({ before: space.pool, after: undefined, lost: space })
    }
    this.#index = new PoolIndex(pools)
    this.#candidates = new Candidates(spaces)
    return changes
  }
}
