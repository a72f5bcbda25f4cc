/** How long packets and events may wait for one slice of the backlog. */
const sliceMillis = 5

/** Keys to look at soon: a slice at a time, so that packets are answered in between. */
export class Backlog {
  readonly #keys = new Set<string>()
  readonly #handle: (key: string) => void
  #next: NodeJS.Immediate | undefined
  #waiting: (() => void)[] = []

  constructor(handle: (key: string) => void) {
    this.#handle = handle
  }

  add(keys: Iterable<string>): void {
    for (const key of keys) this.#keys.add(key)
    if (this.#keys.size > 0) this.#next ??= setImmediate(() => this.#slice())
  }

  /** Somebody has looked at it already. */
  drop(key: string): void {
    this.#keys.delete(key)
  }

  /** Resolves when nothing is left. */
  empty(): Promise<void> {
    if (!this.#next) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  stop(): void {
    clearImmediate(this.#next)
    this.#keys.clear()
  }

  #slice(): void {
    this.#next = undefined
    const end = performance.now() + sliceMillis
    for (const key of this.#keys) {
      this.#keys.delete(key)
      this.#handle(key)
      if (performance.now() > end) break
    }
    if (this.#keys.size > 0) this.#next = setImmediate(() => this.#slice())
    else for (const resolve of this.#waiting.splice(0)) resolve()
  }
}
