import type { Family } from '../../net/address.ts'
import { IntervalSet } from '../../net/intervals.ts'
import type { AddressRange } from '../../net/range.ts'

/** At most `count` ranges of one family that cover all of its ranges: those with the least between them become one. */
export function coarseRanges(ranges: readonly AddressRange[], family: Family, count: number): AddressRange[] {
  const intervals = joined(ranges.filter((range) => range.family === family))
  const excess = intervals.length - count
  const gaps = intervals.slice(1).map(([start], i) => ({ index: i + 1, size: start - intervals[i]![1] }))
  const closed = new Set(
    gaps
      .toSorted(bySize)
      .slice(0, Math.max(0, excess))
      .map(({ index }) => index),
  )
  const coarse: AddressRange[] = []
  for (const [index, [first, last]] of intervals.entries()) {
    const before = closed.has(index) ? coarse.pop() : undefined
    coarse.push({ family, first: before?.first ?? first, last })
  }
  return coarse
}

/** Disjoint and ascending. */
function joined(ranges: readonly AddressRange[]): [bigint, bigint][] {
  const set = new IntervalSet()
  for (const { first, last } of ranges) set.add(first, last)
  return [...set.intervals()]
}

function bySize(a: { size: bigint }, b: { size: bigint }): number {
  return a.size < b.size ? -1 : a.size > b.size ? 1 : 0
}
