import type { Clock } from '../kube/clock.ts'
import { Action, type Controller, startController } from '../kube/controller.ts'
import type { Log } from '../kube/log.ts'

export interface RemindersOptions {
  /** Tells the Service once more what it lacks; false: it lacks nothing any more. */
  readonly remind: (key: string) => boolean
  readonly log: Log
  readonly clock: Clock
  readonly random?: () => number
}

/** The API server forgets events after an hour, and `kubectl describe` shows nothing else of ours. */
const interval = { leastMillis: 20 * 60_000, jitterMillis: 10 * 60_000 }

/** Tells Services that wait for an address every 20 to 30 minutes why they do. */
export class Reminders {
  readonly #random: () => number
  readonly #controller: Controller

  constructor({ remind, log, clock, random = Math.random }: RemindersOptions) {
    this.#random = random
    const again = () => Action.requeueAfter(interval.leastMillis + random() * interval.jitterMillis)
    const reconcile = (key: string) => (remind(key) ? again() : Action.awaitChange)
    this.#controller = startController({ name: 'reminders', reconcile, log, clock })
  }

  /** `isTold`: it has just been told. Otherwise it was told by an earlier process, nobody knows when. */
  start(key: string, isTold: boolean): void {
    const { leastMillis, jitterMillis } = interval
    const afterMillis = (isTold ? leastMillis : 0) + this.#random() * (isTold ? jitterMillis : leastMillis)
    this.#controller.enqueue(key, { afterMillis })
  }

  stop(): Promise<void> {
    return this.#controller.stop()
  }
}
