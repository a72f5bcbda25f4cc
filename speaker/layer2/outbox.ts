import type { Holding } from './book.ts'
import type { BurstClock } from './unsolicited.ts'

/** A frame that tells of a holding. */
export interface Announcement {
  readonly holding: Holding
  readonly data: Uint8Array
}

export interface OutboxOptions {
  /** How many were taken, from the front. May throw. */
  send(announcements: readonly Announcement[]): number
  /** Whether the holding may still be announced: waiting takes time. */
  allows(holding: Holding): boolean
  /** Runs what may fail. */
  guarded(act: () => void): void
  clock: Pick<BurstClock, 'setTimeout' | 'clearTimeout'>
}

/** What has no room now is tried again after `afterMillis`, until nothing was taken so many times in a row. */
export const outboxRetry = { afterMillis: 20, vainTries: 50 } as const

/**
 * Announcements on their way out. A socket takes as many as it has room for; the others wait here, in order, so that
 * a large burst reaches its end. A holding waits once at most, however often it is announced meanwhile.
 */
export class Outbox {
  readonly #options: OutboxOptions
  #waiting: readonly Announcement[] = []
  #vainTries = 0
  #timer: unknown

  constructor(options: OutboxOptions) {
    this.#options = options
  }

  send(announcements: readonly Announcement[]): void {
    const waiting = new Set(this.#waiting.map(({ holding }) => holding))
    this.#waiting = [...this.#waiting, ...announcements.filter(({ holding }) => !waiting.has(holding))]
    this.#options.guarded(() => this.#sendWaiting())
  }

  close(): void {
    this.#waiting = []
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #sendWaiting(): void {
    const due = this.#waiting.filter(({ holding }) => this.#options.allows(holding))
    const taken = due.length > 0 ? this.#options.send(due) : 0
    for (const { holding } of due.slice(0, taken)) holding.counters.gratuitousSent++
    this.#waiting = due.slice(taken)
    if (taken > 0) this.#vainTries = 0
    if (this.#waiting.length > 0) this.#tryLater()
  }

  #tryLater(): void {
    if (this.#timer !== undefined) return
    this.#timer = this.#options.clock.setTimeout(() => {
      this.#timer = undefined
      if (++this.#vainTries > outboxRetry.vainTries) this.#giveUp()
      else this.#options.guarded(() => this.#sendWaiting())
    }, outboxRetry.afterMillis)
  }

  /** The next repetition of the burst comes soon enough. */
  #giveUp(): void {
    this.#waiting = []
    this.#vainTries = 0
  }
}
