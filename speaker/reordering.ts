export interface ReorderingOptions {
  /** Returns the Services whose order of nodes has changed. */
  refresh(): Iterable<string>
  /** Resolves when all Services have been looked at that wait for it. */
  settled(): Promise<void>
  reconsider(services: Iterable<string>): void
}

/** Has those Services reconsidered whose order of nodes has changed, and no others. Rests as long as it worked. */
export class Reordering {
  readonly #options: ReorderingOptions
  #restMillis = 0
  #restedAt = 0
  #prompt: NodeJS.Timeout | undefined
  #patient: NodeJS.Timeout | undefined

  constructor(options: ReorderingOptions) {
    this.#options = options
  }

  now(): void {
    const start = performance.now()
    this.#options.reconsider(this.#options.refresh())
    const end = performance.now()
    this.#restMillis = end - start
    this.#restedAt = end + this.#restMillis
  }

  /** When nodes come or go: at once, since somebody has to answer; but not over and over when hundreds do. */
  promptly(): void {
    const waitMillis = this.#restedAt - performance.now()
    if (waitMillis > 0) this.#prompt ??= setTimeout(() => this.#afterTheRest(), waitMillis)
    else this.now()
  }

  /** When Services come or go: once for many of them, when all have been looked at. */
  soon(): void {
    this.#patient ??= setTimeout(() => void this.#afterTheOthers(), this.#restMillis)
  }

  stop(): void {
    clearTimeout(this.#prompt)
    clearTimeout(this.#patient)
    this.#patient = undefined
  }

  #afterTheRest(): void {
    this.#prompt = undefined
    this.now()
  }

  async #afterTheOthers(): Promise<void> {
    await this.#options.settled()
    if (this.#patient === undefined) return
    this.#patient = undefined
    this.now()
  }
}
