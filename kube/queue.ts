/**
 * The work queue of a controller: keys, not events.
 *
 * Guarantees:
 * - a key is handed out to one worker at a time; what is added meanwhile is handed out once more, after `done`
 * - a key that waits is in the queue once, however often it was added
 * - keys leave in the order in which they became ready, so that a busy key cannot starve the others
 * - `retry` delays a key by a back-off of its own, doubled each time until `forget`
 */
import { type Backoff, backoffMillis } from './backoff.ts'
import type { Clock, Timer } from './clock.ts'

export interface QueueOptions {
  clock: Clock
  random: () => number
  backoff: Backoff
  /** Called when a key has become ready; `take` it now or later. */
  onReady: () => void
}

interface Delayed {
  timer: Timer
  dueMillis: number
}

export class WorkQueue {
  readonly #options: QueueOptions
  /** Insertion order is the order of service. */
  readonly #ready = new Set<string>()
  readonly #running = new Set<string>()
  /** Added while running. */
  readonly #again = new Set<string>()
  readonly #delayed = new Map<string, Delayed>()
  readonly #failures = new Map<string, number>()
  #closed = false

  constructor(options: QueueOptions) {
    this.#options = options
  }

  /** Nothing is ready and nothing runs; keys may be waiting for their time. */
  get idle(): boolean {
    return this.#ready.size === 0 && this.#running.size === 0
  }

  /** Of two delays for one key the shorter counts. */
  add(key: string, afterMillis = 0): void {
    if (this.#closed) return
    if (afterMillis > 0) {
      this.#delay(key, afterMillis)
      return
    }
    this.#cancelDelay(key)
    if (this.#running.has(key)) {
      this.#again.add(key)
      return
    }
    if (this.#ready.has(key)) return
    this.#ready.add(key)
    this.#options.onReady()
  }

  take(): string | undefined {
    const [key] = this.#ready
    if (key === undefined) return undefined
    this.#ready.delete(key)
    this.#running.add(key)
    return key
  }

  /** The worker has finished with the key. */
  done(key: string): void {
    this.#running.delete(key)
    if (this.#again.delete(key)) this.add(key)
  }

  /** Hands the key out again after its back-off, or `atLeastMillis` if that is longer. Returns the delay. */
  retry(key: string, atLeastMillis = 0): number {
    const failures = (this.#failures.get(key) ?? 0) + 1
    this.#failures.set(key, failures)
    const millis = Math.max(atLeastMillis, backoffMillis(this.#options.backoff, failures, this.#options.random))
    this.add(key, millis)
    return millis
  }

  /** The key is well: its next failure is its first. */
  forget(key: string): void {
    this.#failures.delete(key)
  }

  close(): void {
    this.#closed = true
    this.#ready.clear()
    this.#again.clear()
    for (const key of [...this.#delayed.keys()]) this.#cancelDelay(key)
  }

  #delay(key: string, millis: number): void {
    const { clock } = this.#options
    const dueMillis = clock.now() + millis
    const waiting = this.#delayed.get(key)
    if (this.#ready.has(key) || (waiting && waiting.dueMillis <= dueMillis)) return
    this.#cancelDelay(key)
    const timer = clock.setTimeout(() => {
      this.#delayed.delete(key)
      this.add(key)
    }, millis)
    this.#delayed.set(key, { timer, dueMillis })
  }

  #cancelDelay(key: string): void {
    const waiting = this.#delayed.get(key)
    if (!waiting) return
    this.#options.clock.clearTimeout(waiting.timer)
    this.#delayed.delete(key)
  }
}
