import { partitionPoint } from './intervals.ts'

/**
 * Labels on integers, kept as disjoint ascending intervals; intervals that overlap share their common part.
 *
 *     add 1-9 a, add 5-20 b      ->      1-4 [a]   5-9 [a, b]   10-20 [b]
 *
 * Look-ups are a binary search; a change costs what it covers, and moves the array's tail.
 */
export class IntervalMap<T> {
  #parts: Part<T>[] = []

  /** Puts the label on first..last, both included. */
  add(first: bigint, last: bigint, label: T): void {
    const [from, to] = this.#cut(first, last)
    const covered: Part<T>[] = []
    let next = first
    for (const part of this.#parts.slice(from, to)) {
      if (next < part.first) covered.push({ first: next, last: part.first - 1n, labels: [label] })
      covered.push({ ...part, labels: [...part.labels, label] })
      next = part.last + 1n
    }
    if (next <= last) covered.push({ first: next, last, labels: [label] })
    this.#replace(from, to, covered)
  }

  /** Takes the label off first..last; where it is not, nothing happens. */
  delete(first: bigint, last: bigint, label: T): void {
    const [from, to] = this.#cut(first, last)
    const covered = this.#parts.slice(from, to).flatMap((part) => {
      const labels = part.labels.filter((other) => other !== label)
      return labels.length === 0 ? [] : [{ ...part, labels }]
    })
    this.#replace(from, to, covered)
  }

  /** In the order in which they were added. */
  at(value: bigint): readonly T[] {
    const part = this.#parts[this.#indexOfEndAtLeast(value)]
    return part !== undefined && part.first <= value ? part.labels : []
  }

  /** What of first..last has labels, ascending. The map must not change meanwhile. */
  *within(first: bigint, last: bigint): Generator<Part<T>> {
    for (let index = this.#indexOfEndAtLeast(first); index < this.#parts.length; index++) {
      const part = this.#parts[index]!
      if (part.first > last) return
      yield { first: maximum(part.first, first), last: minimum(part.last, last), labels: part.labels }
    }
  }

  /** Makes first and last ends of parts; returns the indexes of the parts between. */
  #cut(first: bigint, last: bigint): [from: number, to: number] {
    this.#cutBefore(first)
    this.#cutBefore(last + 1n)
    return [this.#indexOfEndAtLeast(first), this.#indexOfEndAtLeast(last + 1n)]
  }

  #cutBefore(value: bigint): void {
    const index = this.#indexOfEndAtLeast(value)
    const part = this.#parts[index]
    if (part === undefined || part.first >= value) return
    this.#parts.splice(index, 1, { ...part, last: value - 1n }, { ...part, first: value })
  }

  /** Joins neighbours that have the same labels, also the parts on both sides. */
  #replace(from: number, to: number, parts: readonly Part<T>[]): void {
    const start = Math.max(from - 1, 0)
    const joined: Part<T>[] = []
    for (const part of [...this.#parts.slice(start, from), ...parts, ...this.#parts.slice(to, to + 1)]) {
      const former = joined.at(-1)
      if (former !== undefined && former.last + 1n === part.first && sameLabels(former, part)) {
        joined[joined.length - 1] = { ...former, last: part.last }
      } else joined.push(part)
    }
    this.#parts.splice(start, to + 1 - start, ...joined)
  }

  #indexOfEndAtLeast(value: bigint): number {
    return partitionPoint(this.#parts, ({ last }) => last < value)
  }
}

/** Consecutive integers with the same labels. */
export interface Part<T> {
  readonly first: bigint
  readonly last: bigint
  readonly labels: readonly T[]
}

function sameLabels<T>(a: Part<T>, b: Part<T>): boolean {
  return a.labels.length === b.labels.length && a.labels.every((label, index) => label === b.labels[index])
}

function minimum(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

function maximum(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}
