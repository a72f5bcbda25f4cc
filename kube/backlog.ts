/** How long whatever else there is to do may have to wait for one slice. */
const sliceMillis = 3

/** Things to look at soon, each once however often it was added: a slice at a time, with everything else in between. */
export class Backlog<T> {
  readonly #waiting = new Set<T>()
  readonly #look: (thing: T) => void
  #next: NodeJS.Immediate | undefined
  #whenEmpty: (() => void)[] = []

  constructor(look: (thing: T) => void) {
    this.#look = look
  }

  add(things: Iterable<T>): void {
    for (const thing of things) this.#waiting.add(thing)
    if (this.#waiting.size > 0) this.#next ??= setImmediate(() => this.#slice())
  }

  /** Somebody has looked at it already. */
  drop(thing: T): void {
    this.#waiting.delete(thing)
  }

  /** Resolves when nothing is left. */
  empty(): Promise<void> {
    if (!this.#next) return Promise.resolve()
    return new Promise((resolve) => this.#whenEmpty.push(resolve))
  }

  stop(): void {
    clearImmediate(this.#next)
    this.#waiting.clear()
  }

  #slice(): void {
    this.#next = undefined
    const endMillis = performance.now() + sliceMillis
    for (const thing of this.#waiting) {
      this.#waiting.delete(thing)
      this.#look(thing)
      if (performance.now() > endMillis) break
    }
    this.add([])
    if (!this.#next) for (const resolve of this.#whenEmpty.splice(0)) resolve()
  }
}
