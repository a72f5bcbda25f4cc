/**
 * The signal of one request: aborted by its time limit or by any of the given signals, whichever comes first.
 *
 * `AbortSignal.timeout` and `AbortSignal.any` would do, but keep their timer until it fires: 10,000 requests in half a
 * minute would leave 10,000 of them behind.
 */
export class TimeLimit {
  readonly #controller = new AbortController()
  readonly #sources: readonly AbortSignal[]
  readonly #abort = (event: Event) => this.#controller.abort((event.target as AbortSignal).reason)
  readonly #timer: NodeJS.Timeout
  readonly #endMillis: number
  #passed = false

  constructor(millis: number, sources: readonly AbortSignal[]) {
    this.#sources = sources
    this.#timer = setTimeout(() => this.#pass(), millis)
    this.#endMillis = performance.now() + millis
    for (const source of sources) {
      if (source.aborted) this.#controller.abort(source.reason)
      else source.addEventListener('abort', this.#abort)
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Time is up: it was the limit that ended the request, not a signal. */
  get passed(): boolean {
    return this.#passed
  }

  /** Throws when the request has ended. Does not rely on the timer: after a pause of the process others run before it. */
  check(): void {
    if (performance.now() >= this.#endMillis) this.#pass()
    this.signal.throwIfAborted()
  }

  /** The signals still count, the time no longer does. */
  lift(): void {
    clearTimeout(this.#timer)
  }

  /** To be called when the request has ended, however it did. */
  release(): void {
    this.lift()
    for (const source of this.#sources) source.removeEventListener('abort', this.#abort)
  }

  #pass(): void {
    if (this.signal.aborted) return
    this.#passed = true
    this.#controller.abort()
  }
}
