export interface AlarmClock {
  /** Monotonic milliseconds. */
  now(): number
  setTimeout(run: () => void, millis: number): unknown
  clearTimeout(timer: unknown): void
}

export interface AlarmOptions {
  readonly clock: AlarmClock
  readonly lateMillis: number
  onDue(nowMillis: number): void
}

/** One timer for whatever is due first. */
export class Alarm {
  readonly #options: AlarmOptions
  #timer: unknown
  #dueMillis = Number.POSITIVE_INFINITY

  constructor(options: AlarmOptions) {
    this.#options = options
  }

  /** @param dueMillis Infinity: not at all */
  set(dueMillis: number): void {
    if (dueMillis === this.#dueMillis) return
    this.clear()
    if (dueMillis === Number.POSITIVE_INFINITY) return
    const { clock } = this.#options
    this.#dueMillis = dueMillis
    // A millisecond too early would be a turn for nothing.
    this.#timer = clock.setTimeout(() => this.#ring(), Math.max(0, Math.ceil(dueMillis - clock.now())))
  }

  clear(): void {
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer)
    this.#timer = undefined
    this.#dueMillis = Number.POSITIVE_INFINITY
  }

  /** After a pause of the process timers run before sockets are read: what waits in those is heard first. */
  #ring(): void {
    const { clock, lateMillis } = this.#options
    const isLate = clock.now() - this.#dueMillis > lateMillis
    if (isLate) this.#timer = clock.setTimeout(() => this.#tell(), 0)
    else this.#tell()
  }

  #tell(): void {
    this.#timer = undefined
    this.#dueMillis = Number.POSITIVE_INFINITY
    this.#options.onDue(this.#options.clock.now())
  }
}
