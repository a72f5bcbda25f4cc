/** A clock that stands still until a test moves it. */
import type { Clock, Timer } from '../clock.ts'

interface Due {
  atMillis: number
  run: () => void
}

export class VirtualClock implements Clock {
  #nowMillis = 0
  readonly #due = new Set<Due>()

  now(): number {
    return this.#nowMillis
  }

  wallTime(): Date {
    return new Date(Date.UTC(2026, 0, 1) + this.#nowMillis)
  }

  setTimeout(run: () => void, millis: number): Timer {
    const timer: Due = { atMillis: this.#nowMillis + millis, run }
    this.#due.add(timer)
    return timer as Timer
  }

  clearTimeout(timer: Timer | undefined): void {
    this.#due.delete(timer as Due)
  }

  /** How many timers are set. */
  get pending(): number {
    return this.#due.size
  }

  /** Moves the time on, timer by timer, and lets what each one started come to rest before the next. */
  async advance(millis: number): Promise<void> {
    const endMillis = this.#nowMillis + millis
    await settle()
    for (let next = this.#next(endMillis); next; next = this.#next(endMillis)) {
      this.#due.delete(next)
      this.#nowMillis = Math.max(this.#nowMillis, next.atMillis)
      next.run()
      await settle()
    }
    this.#nowMillis = endMillis
  }

  /** Time passes in which the process does not run: stopped by a signal, or its machine paused. */
  jump(millis: number): void {
    this.#nowMillis += millis
  }

  #next(endMillis: number): Due | undefined {
    let first: Due | undefined
    for (const timer of this.#due)
      if (timer.atMillis <= endMillis && timer.atMillis < (first?.atMillis ?? Infinity)) first = timer
    return first
  }
}

/** One turn of the event loop: promises that need no I/O have come to rest. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
