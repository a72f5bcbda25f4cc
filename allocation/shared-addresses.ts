import { IntervalSet } from '../net/intervals.ts'

/**
 * The addresses of one pool and family that are shared under one key, and on which of them each port is still open.
 *
 *     positions   0  1  2  3         TCP/80 is held on 0, 1 and 2:  openFor TCP/80 = { 3 }
 *                                    UDP/53 is held on none:        no entry, it is open everywhere
 *
 * Cost: a binary search per port asked for, however many addresses are shared.
 */
export class SharedAddresses {
  readonly #positions = new IntervalSet()
  readonly #openFor = new Map<string, IntervalSet>()

  get isEmpty(): boolean {
    return this.#positions.size === 0n
  }

  /** The lowest position, from `first` on, where none of the ports is held. */
  lowestFor(ports: readonly string[], first: bigint): bigint | undefined {
    const sets = [this.#positions, ...ports.flatMap((port) => this.#openFor.get(port) ?? [])]
    let candidate = this.#positions.next(first)
    while (candidate !== undefined && !sets.every((set) => set.has(candidate!))) {
      candidate = furthestNext(sets, candidate)
    }
    return candidate
  }

  addAddress(position: bigint): void {
    this.#positions.add(position, position)
    for (const open of this.#openFor.values()) open.add(position, position)
  }

  removeAddress(position: bigint): void {
    this.#positions.remove(position, position)
    for (const open of this.#openFor.values()) open.remove(position, position)
  }

  occupy(position: bigint, ports: readonly string[]): void {
    for (const port of ports) {
      const open = this.#openFor.get(port) ?? copyOf(this.#positions)
      open.remove(position, position)
      this.#openFor.set(port, open)
    }
  }

  vacate(position: bigint, ports: readonly string[]): void {
    for (const port of ports) {
      const open = this.#openFor.get(port)
      open?.add(position, position)
      if (open?.size === this.#positions.size) this.#openFor.delete(port)
    }
  }
}

/** No member of all sets lies before the furthest of their next members. */
function furthestNext(sets: readonly IntervalSet[], from: bigint): bigint | undefined {
  let furthest = from
  for (const set of sets) {
    const next = set.next(furthest)
    if (next === undefined) return undefined
    furthest = next
  }
  return furthest
}

function copyOf(source: IntervalSet): IntervalSet {
  const copy = new IntervalSet()
  for (const [first, last] of source.intervals()) copy.add(first, last)
  return copy
}
