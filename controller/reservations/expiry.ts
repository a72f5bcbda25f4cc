import type { Clock, Timer } from '../../kube/clock.ts'

/** The calendar can be set, and a machine can sleep: it is looked at again at least this often. */
const longestMillis = 60_000
/** Ends that come close together are taken together. */
const shortestMillis = 100

/** Calls for each name when its time has come, by one timer for the next of them. */
export class Expiry {
  readonly #clock: Clock
  readonly #onExpired: (name: string) => void
  /** Wall clock. */
  readonly #ends = new Map<string, number>()
  #timer: Timer | undefined
  #dueMillis = Number.POSITIVE_INFINITY

  constructor(clock: Clock, onExpired: (name: string) => void) {
    this.#clock = clock
    this.#onExpired = onExpired
  }

  isOver(endMillis: number | undefined): boolean {
    return endMillis !== undefined && endMillis <= this.#clock.wallTime().getTime()
  }

  /** Replaces what was set for the name; undefined: it does not end. */
  set(name: string, endMillis: number | undefined): void {
    if (endMillis === undefined) this.#ends.delete(name)
    else {
      this.#ends.set(name, endMillis)
      this.#setTimer(endMillis)
    }
  }

  stop(): void {
    this.#clock.clearTimeout(this.#timer)
    this.#ends.clear()
  }

  #setTimer(endMillis: number): void {
    const restMillis = endMillis - this.#clock.wallTime().getTime()
    const waitMillis = Math.min(Math.max(restMillis, shortestMillis), longestMillis)
    const dueMillis = this.#clock.now() + waitMillis
    if (dueMillis >= this.#dueMillis) return
    this.#clock.clearTimeout(this.#timer)
    this.#dueMillis = dueMillis
    this.#timer = this.#clock.setTimeout(() => this.#look(), waitMillis)
  }

  #look(): void {
    this.#dueMillis = Number.POSITIVE_INFINITY
    for (const [name, endMillis] of this.#ends) {
      if (!this.isOver(endMillis)) continue
      this.#ends.delete(name)
      this.#onExpired(name)
    }
    if (this.#ends.size > 0) this.#setTimer(this.#ends.values().reduce((a, b) => Math.min(a, b)))
  }
}
