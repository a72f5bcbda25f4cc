import type { Clock } from './clock.ts'

/** What was under way a moment ago is probably followed by more of it. */
const quietMillis = 100

/** Lets work that somebody waits for go first: what nobody waits for asks `isTaken` before it sends anything. */
export class RightOfWay {
  readonly #clock: Clock
  #running = 0
  #endedMillis = Number.NEGATIVE_INFINITY

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get isTaken(): boolean {
    return this.#running > 0 || this.#clock.now() - this.#endedMillis < quietMillis
  }

  async take<T>(work: () => Promise<T>): Promise<T> {
    this.#running += 1
    try {
      return await work()
    } finally {
      this.#running -= 1
      this.#endedMillis = this.#clock.now()
    }
  }
}
