import { partitionPoint } from '../net/intervals.ts'
import { type AddressRange, rangeSize } from '../net/range.ts'

/** One range with its positions. */
export interface Segment {
  readonly range: AddressRange
  /** The positions of the range's first and last address. */
  readonly start: bigint
  readonly end: bigint
}

/** Positions first to last, both included. */
export type Positions = readonly [first: bigint, last: bigint]

/**
 * Numbers the addresses of one pool and family in the order in which they are given out: as the ranges are written.
 *
 *     192.0.2.8/31, 192.0.2.0/31   ->   .8 = 0, .9 = 1, .0 = 2, .1 = 3
 */
export class AddressOrder {
  readonly segments: readonly Segment[]
  readonly #byAddress: readonly Segment[]
  /** How many addresses there are. */
  readonly size: bigint

  /** Assumptions: one family, no overlaps. */
  constructor(ranges: readonly AddressRange[]) {
    let start = 0n
    this.segments = ranges.map((range) => {
      const segment = { range, start, end: start + rangeSize(range) - 1n }
      start += rangeSize(range)
      return segment
    })
    this.#byAddress = this.segments.toSorted((a, b) => (a.range.first < b.range.first ? -1 : 1))
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
    const { range, start } = lastWhere(this.segments, (segment) => segment.start <= position)!
    return range.first + position - start
  }

  /** The positions of those addresses of the range that there are. */
  positionsIn({ first, last }: AddressRange): Positions[] {
    const from = partitionPoint(this.#byAddress, ({ range }) => range.last < first)
    const to = partitionPoint(this.#byAddress, ({ range }) => range.first <= last)
    return this.#byAddress.slice(from, to).map(({ range, start }): Positions => {
      const low = range.first > first ? range.first : first
      const high = range.last < last ? range.last : last
      return [start + low - range.first, start + high - range.first]
    })
  }

  /** The addresses at these positions. */
  rangesAt([first, last]: Positions): AddressRange[] {
    const from = partitionPoint(this.segments, ({ end }) => end < first)
    const to = partitionPoint(this.segments, ({ start }) => start <= last)
    return this.segments.slice(from, to).map(({ range, start, end }) => {
      const low = start > first ? start : first
      const high = end < last ? end : last
      return { family: range.family, first: range.first + low - start, last: range.first + high - start }
    })
  }
}

function lastWhere<T>(list: readonly T[], holds: (element: T) => boolean): T | undefined {
  return list[partitionPoint(list, holds) - 1]
}
