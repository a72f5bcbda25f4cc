import type { AddressRange } from '../net/range.ts'
import { rangeSize } from '../net/range.ts'

interface Segment {
  readonly range: AddressRange
  /** The position of the range's first address. */
  readonly start: bigint
}

/**
 * Numbers the addresses of one pool and family in the order in which they are given out: as the ranges are written.
 *
 *     192.0.2.8/31, 192.0.2.0/31   ->   .8 = 0, .9 = 1, .0 = 2, .1 = 3
 */
export class AddressOrder {
  readonly #bySpec: readonly Segment[]
  readonly #byAddress: readonly Segment[]
  /** How many addresses there are. */
  readonly size: bigint

  /** Assumptions: one family, no overlaps. */
  constructor(ranges: readonly AddressRange[]) {
    let start = 0n
    this.#bySpec = ranges.map((range) => {
      const segment = { range, start }
      start += rangeSize(range)
      return segment
    })
    this.#byAddress = this.#bySpec.toSorted((a, b) => (a.range.first < b.range.first ? -1 : 1))
    this.size = start
  }

  /** Undefined for an address outside the ranges. */
  positionOf(value: bigint): bigint | undefined {
    const segment = lastWhere(this.#byAddress, ({ range }) => range.first <= value)
    if (segment === undefined || value > segment.range.last) return undefined
    return segment.start + value - segment.range.first
  }

  /** Assumption: the position exists. */
  addressAt(position: bigint): bigint {
    const { range, start } = lastWhere(this.#bySpec, (segment) => segment.start <= position)!
    return range.first + position - start
  }
}

/** The last element that holds; the list has all such elements in front. */
function lastWhere<T>(list: readonly T[], holds: (element: T) => boolean): T | undefined {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (holds(list[middle]!)) low = middle + 1
    else high = middle
  }
  return list[low - 1]
}
