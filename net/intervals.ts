/**
 * A set of integers kept as disjoint ascending intervals: a pool's free addresses, whatever the pool's size.
 *
 *     starts  [ 1, 20, 40 ]      members 1-9, 20-20, 40-99;
 *     ends    [ 9, 20, 99 ]      neighbours are joined: never 1-9 beside 10-12
 *
 * Look-ups are a binary search; a change moves the array's tail by one (a memory copy of 8 bytes per interval).
 */
export class IntervalSet {
  readonly #starts: bigint[] = []
  readonly #ends: bigint[] = []
  #size = 0n

  /** How many integers are in the set. */
  get size(): bigint {
    return this.#size
  }

  /** Adds first..last, both included; members may be among them. */
  add(first: bigint, last: bigint): void {
    assertAscending(first, last)
    const from = this.#indexOfEndAtLeast(first - 1n)
    const to = this.#indexOfStartAbove(last + 1n)
    const joined = from < to
    const start = joined ? minimum(this.#starts[from]!, first) : first
    const end = joined ? maximum(this.#ends[to - 1]!, last) : last
    this.#replace(from, to, [[start, end]])
  }

  /** Removes first..last, both included; non-members may be among them. */
  remove(first: bigint, last: bigint): void {
    assertAscending(first, last)
    const from = this.#indexOfEndAtLeast(first)
    const to = this.#indexOfStartAbove(last)
    if (from >= to) return
    const start = this.#starts[from]!
    const end = this.#ends[to - 1]!
    const remainders: [bigint, bigint][] = []
    if (start < first) remainders.push([start, first - 1n])
    if (end > last) remainders.push([last + 1n, end])
    this.#replace(from, to, remainders)
  }

  has(value: bigint): boolean {
    const start = this.#starts[this.#indexOfEndAtLeast(value)]
    return start !== undefined && start <= value
  }

  lowest(): bigint | undefined {
    return this.#starts[0]
  }

  /** The lowest member that is `value` or above. */
  next(value: bigint): bigint | undefined {
    const start = this.#starts[this.#indexOfEndAtLeast(value)]
    return start === undefined ? undefined : maximum(start, value)
  }

  /** The disjoint intervals, ascending, ends included. The set must not change meanwhile. */
  *intervals(): Generator<[bigint, bigint]> {
    for (const [index, start] of this.#starts.entries()) yield [start, this.#ends[index]!]
  }

  /** What of first..last is in the set, as disjoint intervals, ascending. The set must not change meanwhile. */
  *within(first: bigint, last: bigint): Generator<[bigint, bigint]> {
    for (let index = this.#indexOfEndAtLeast(first); index < this.#starts.length; index++) {
      const start = this.#starts[index]!
      if (start > last) return
      yield [maximum(start, first), minimum(this.#ends[index]!, last)]
    }
  }

  #indexOfEndAtLeast(value: bigint): number {
    return partitionPoint(this.#ends, (end) => end < value)
  }

  #indexOfStartAbove(value: bigint): number {
    return partitionPoint(this.#starts, (start) => start <= value)
  }

  #replace(from: number, to: number, intervals: readonly [bigint, bigint][]): void {
    for (let index = from; index < to; index++) this.#size -= this.#ends[index]! - this.#starts[index]! + 1n
    for (const [start, end] of intervals) this.#size += end - start + 1n
    this.#starts.splice(from, to - from, ...intervals.map(([start]) => start))
    this.#ends.splice(from, to - from, ...intervals.map(([, end]) => end))
  }
}

/** The first index whose element is not `before`; the array has all such elements in front. */
export function partitionPoint<T>(sorted: readonly T[], before: (element: T) => boolean): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (before(sorted[middle]!)) low = middle + 1
    else high = middle
  }
  return low
}

function assertAscending(first: bigint, last: bigint): void {
  if (first > last) throw new RangeError(`interval ${first}-${last} ends before it starts`)
}

function minimum(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

function maximum(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}
