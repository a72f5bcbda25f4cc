export interface ReorderingOptions {
  /** Returns the Services whose order of nodes has changed. */
  refresh(): Iterable<string>
  /** Resolves when all Services have been looked at that wait for it. */
  settled(): Promise<void>
  reconsider(services: Iterable<string>): void
}

/** Has those Services reconsidered whose order of nodes has changed, and no others. */
export class Reordering {
  readonly #options: ReorderingOptions
  #pauseMillis = 0
  #timer: NodeJS.Timeout | undefined

  constructor(options: ReorderingOptions) {
    this.#options = options
  }

  /** When nodes have come or gone: somebody has to answer. */
  now(): void {
    this.#options.reconsider(this.#options.refresh())
  }

  /** When Services have come or gone: once for many of them, and at most half of the time. */
  soon(): void {
    this.#timer ??= setTimeout(() => void this.#afterTheOthers(), this.#pauseMillis)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  async #afterTheOthers(): Promise<void> {
    await this.#options.settled()
    if (this.#timer === undefined) return
    this.#timer = undefined
    const start = performance.now()
    this.now()
    this.#pauseMillis = performance.now() - start
  }
}
