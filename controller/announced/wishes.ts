interface Wish<T> {
  readonly value: T
  readonly dueMillis: number
}

/**
 * What is to be said of each key, once it has been the same for a while. All wait equally long, and so are due in the order
 * in which they came. Neither clock nor timer.
 */
export class Wishes<T> {
  readonly #patienceMillis: number
  readonly #isSame: (one: T, other: T) => boolean
  readonly #wishes = new Map<string, Wish<T>>()

  constructor(patienceMillis: number, isSame: (one: T, other: T) => boolean) {
    this.#patienceMillis = patienceMillis
    this.#isSame = isSame
  }

  /** Another value than the last one begins to wait anew. */
  want(key: string, value: T, nowMillis: number): void {
    const waiting = this.#wishes.get(key)
    if (waiting !== undefined && this.#isSame(waiting.value, value)) return
    this.#wishes.delete(key) // to the end of the queue
    this.#wishes.set(key, { value, dueMillis: nowMillis + this.#patienceMillis })
  }

  drop(key: string): void {
    this.#wishes.delete(key)
  }

  /** What has been wanted for long enough. */
  get(key: string, nowMillis: number): T | undefined {
    const wish = this.#wishes.get(key)
    return wish !== undefined && wish.dueMillis <= nowMillis ? wish.value : undefined
  }

  /** The keys of these, longest first. */
  *due(nowMillis: number): Iterable<string> {
    for (const [key, { dueMillis }] of this.#wishes) {
      if (dueMillis > nowMillis) return
      yield key
    }
  }

  /** When the next key will be due; undefined: none waits for its time. */
  nextMillis(nowMillis: number): number | undefined {
    for (const { dueMillis } of this.#wishes.values()) if (dueMillis > nowMillis) return dueMillis
    return undefined
  }
}
