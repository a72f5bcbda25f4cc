import { IntervalSet } from '../net/intervals.ts'
import type { AddressRange } from '../net/range.ts'
import type { AddressOrder } from './address-order.ts'
import { capacityOf, saturate } from './capacity.ts'

/** What of one pool and family is never given out, by position. Who has such an address keeps it, and it counts meanwhile. */
export class Exclusion {
  readonly #order: AddressOrder
  readonly #excluded = new IntervalSet()
  readonly #capacityLeft: bigint
  #held = 0

  /** `ranges`: of the family of the order. */
  constructor(order: AddressOrder, ranges: readonly AddressRange[], avoidBuggyIPs: boolean) {
    this.#order = order
    for (const [first, last] of ranges.flatMap((range) => order.positionsIn(range))) this.#excluded.add(first, last)
    const left = [...this.rest().intervals()].flatMap((positions) => order.rangesAt(positions))
    this.#capacityLeft = capacityOf(left, avoidBuggyIPs)
  }

  has(position: bigint): boolean {
    return this.#excluded.has(position)
  }

  get isAll(): boolean {
    return this.#excluded.size === this.#order.size
  }

  /** How many addresses are not excluded, or are and somebody has them all the same; counted as capacities are. */
  get usable(): bigint {
    return saturate(this.#capacityLeft + BigInt(this.#held))
  }

  within(first: bigint, last: bigint): Iterable<readonly [bigint, bigint]> {
    return this.#excluded.within(first, last)
  }

  /** All other positions. */
  rest(): IntervalSet {
    const positions = new IntervalSet()
    if (this.#order.size > 0n) positions.add(0n, this.#order.size - 1n)
    for (const [first, last] of this.#excluded.intervals()) positions.remove(first, last)
    return positions
  }

  take(position: bigint): void {
    if (this.has(position)) this.#held += 1
  }

  giveBack(position: bigint): void {
    if (this.has(position)) this.#held -= 1
  }
}
