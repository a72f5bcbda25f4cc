import type { Address } from '../net/address.ts'
import type { AddressRange } from '../net/range.ts'
import type { Pool } from './snapshot.ts'

interface Entry<P> {
  readonly pool: P
  readonly range: AddressRange
}

/** Finds the pool of an address by binary search; the ranges of a configuration never overlap. */
export class PoolIndex<P extends Pick<Pool, 'ranges'>> {
  readonly #entries: readonly Entry<P>[]

  constructor(pools: Iterable<P>) {
    const entries = [...pools].flatMap((pool) => pool.ranges.map((range) => ({ pool, range })))
    this.#entries = entries.sort((a, b) => (precedes(a.range, b.range.family, b.range.first) ? -1 : 1))
  }

  find({ family, value }: Address): P | undefined {
    let low = 0
    let high = this.#entries.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (precedes(this.#entries[middle]!.range, family, value + 1n)) low = middle + 1
      else high = middle
    }
    const entry = this.#entries[low - 1]
    return entry?.range.family === family && value <= entry.range.last ? entry.pool : undefined
  }
}

/** The range starts before the value. */
function precedes(range: AddressRange, family: number, value: bigint): boolean {
  return range.family === family ? range.first < value : range.family < family
}
