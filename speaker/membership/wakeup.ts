import type { Clock } from './clock.ts'

/** A timer that is only ever brought forward: one that comes too early is cheaper than one set anew with each datagram. */
export class Wakeup {
  readonly #clock: Clock
  readonly #run: () => void
  #atMillis = Number.POSITIVE_INFINITY
  #timer: unknown

  constructor(clock: Clock, run: () => void) {
    this.#clock = clock
    this.#run = run
  }

  /** @param dueMillis Infinity: not at all, as far as the caller knows */
  by(dueMillis: number): void {
    if (dueMillis >= this.#atMillis) return
    this.close()
    this.#atMillis = dueMillis
    this.#timer = this.#clock.setTimeout(() => this.#ring(), Math.max(0, dueMillis - this.#clock.now()))
  }

  close(): void {
    this.#clock.clearTimeout(this.#timer)
  }

  #ring(): void {
    this.#atMillis = Number.POSITIVE_INFINITY
    this.#run()
  }
}
