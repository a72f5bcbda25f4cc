import { partitionPoint } from '../net/intervals.ts'
import type { Segment } from './address-order.ts'

/** How much of each entry of `spec.addresses` is used, for pools that fill their entries evenly. */
export class Balance {
  readonly #segments: readonly Segment[]
  readonly #sizes: number[]
  readonly #used: number[]

  /** `sizes`: how many addresses of each segment can be given out at all. */
  constructor(segments: readonly Segment[], sizes: readonly bigint[]) {
    this.#segments = segments
    this.#sizes = sizes.map(Number)
    this.#used = sizes.map(() => 0)
  }

  count(position: bigint, change: 1 | -1): void {
    this.#used[partitionPoint(this.#segments, ({ start }) => start <= position) - 1]! += change
  }

  recount(index: number, free: bigint): void {
    this.#used[index] = this.#sizes[index]! - Number(free)
  }

  /** The segment with the largest free share, of equal ones the first. */
  leastUsed(): Segment | undefined {
    let least = 1
    let found: Segment | undefined
    for (let index = 0; index < this.#segments.length; index++) {
      const share = this.#used[index]! / this.#sizes[index]!
      if (share < least) {
        least = share
        found = this.#segments[index]
      }
    }
    return found
  }
}
