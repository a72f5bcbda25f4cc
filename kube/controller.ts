/**
 * The control loop: keys come in, `reconcile` is called for each, and its Action says what follows.
 *
 * A reconciler learns only that something about the key may have changed (level, not edge), so it reads its stores
 * and compares with what ought to be. The queue's guarantees hold: one key never runs twice at once.
 */
import type { Backoff } from './backoff.ts'
import { type Clock, systemClock } from './clock.ts'
import { ApiError } from './error.ts'
import type { Log } from './log.ts'
import { WorkQueue } from './queue.ts'

/** What a reconciler wants next. To be called again after a back-off, it throws. */
export type Action = { kind: 'requeueAfter'; millis: number } | { kind: 'awaitChange' }

export const Action = {
  requeueAfter: (millis: number): Action => ({ kind: 'requeueAfter', millis }),
  awaitChange: { kind: 'awaitChange' } as Action,
}

export interface ReconcileContext {
  /** Every line carries the controller, the key and the number of this pass. */
  log: Log
  /** Aborted when the controller stops. */
  signal: AbortSignal
}

export interface ControllerOptions {
  name: string
  reconcile: (key: string, context: ReconcileContext) => Promise<Action> | Action
  /** Keys that may run at once. Default 1. */
  concurrency?: number
  log: Log
  clock?: Clock
  random?: () => number
  /** After a throw. Default 100 ms doubling up to 5 minutes. */
  backoff?: Backoff
}

export interface StopOptions {
  readonly graceMillis?: number
}

export interface Controller {
  enqueue(key: string, options?: { afterMillis?: number }): void
  /** Resolves when nothing is ready and nothing runs. Keys that wait for their time do not count. */
  idle(): Promise<void>
  /** Starts nothing more, and resolves when what runs has ended; its signal is aborted after the grace, at once without. */
  stop(options?: StopOptions): Promise<void>
}

const defaultBackoff: Backoff = { initialMillis: 100, maximumMillis: 300_000 }

export function startController(options: ControllerOptions): Controller {
  const { name, reconcile, concurrency = 1, clock = systemClock } = options
  const { random = Math.random, backoff = defaultBackoff } = options
  const log = options.log.child({ controller: name })
  const stopping = new AbortController()
  const queue = new WorkQueue({ clock, random, backoff, onReady: schedule })
  const waiting: (() => void)[] = []
  let running = 0
  let passes = 0
  let scheduled = false

  /** In a microtask of its own: whoever enqueues is never called back by what it enqueued. */
  function schedule(): void {
    if (scheduled) return
    scheduled = true
    queueMicrotask(() => {
      scheduled = false
      startWorkers()
    })
  }

  function startWorkers(): void {
    while (running < concurrency) {
      const key = queue.take()
      if (key === undefined) return
      running += 1
      void work(key)
    }
  }

  async function work(key: string): Promise<void> {
    await pass(key)
    running -= 1
    queue.done(key)
    startWorkers()
    if (queue.idle) for (const resolve of waiting.splice(0)) resolve()
  }

  async function pass(key: string): Promise<void> {
    passes += 1
    const passLog = log.child({ key, reconcileId: passes })
    try {
      const action = await reconcile(key, { log: passLog, signal: stopping.signal })
      queue.forget(key)
      if (action.kind === 'requeueAfter') queue.add(key, action.millis)
    } catch (error) {
      if (stopping.signal.aborted) return
      const retryMillis = queue.retry(key, error instanceof ApiError ? error.retryAfterMillis : 0)
      passLog.warn({ err: error, retryMillis: Math.round(retryMillis) }, 'reconcile failed, will retry')
    }
  }

  function idle(): Promise<void> {
    return queue.idle ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))
  }

  return {
    enqueue: (key, { afterMillis = 0 } = {}) => queue.add(key, afterMillis),
    idle,
    async stop({ graceMillis = 0 } = {}) {
      queue.close()
      const grace = graceMillis > 0 ? clock.setTimeout(() => stopping.abort(), graceMillis) : undefined
      if (grace === undefined) stopping.abort()
      await idle()
      clock.clearTimeout(grace)
    },
  }
}
