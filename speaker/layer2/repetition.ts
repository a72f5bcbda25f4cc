import type { BurstClock } from './unsolicited.ts'

/** A tenth more or less keeps the nodes of a cluster apart. */
const jitter = 0.1

/** Runs something again and again, far apart. */
export class Repetition {
  readonly #clock: BurstClock
  readonly #run: () => void
  readonly #random: () => number
  #timer: unknown

  /** @param intervalMillis never, when undefined or 0 */
  constructor(clock: BurstClock, intervalMillis: number | undefined, run: () => void, random = Math.random) {
    this.#clock = clock
    this.#run = run
    this.#random = random
    if (intervalMillis) this.#arm(intervalMillis)
  }

  close(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #arm(intervalMillis: number): void {
    const millis = intervalMillis * (1 + jitter * (2 * this.#random() - 1))
    this.#timer = this.#clock.setTimeout(() => {
      this.#arm(intervalMillis)
      this.#run()
    }, millis)
  }
}
