/**
 * Writes event series to the API server, in the order in which they came, a few at a time.
 *
 * Guarantees: at most `limit` series wait; repetitions of one that waits cost nothing. One that fails comes back later
 * and stands in nobody's way meanwhile. While something more important is under way, one series is written per worker
 * and `stepAsideMillis`.
 */
import type { CoreV1Event } from '@kubernetes/client-node'
import type { Backoff } from './backoff.ts'
import type { CallLimits, KubeClient } from './client.ts'
import type { Clock } from './clock.ts'
import { Action, type Controller, type ReconcileContext, startController } from './controller.ts'
import { events } from './core.ts'
import { ApiError, isAlreadyExists, isNotFound, isRefusal } from './error.ts'
import type { EventSeries } from './event-series.ts'
import type { Log } from './log.ts'
import { pause } from './pause.ts'

export interface EventLaneOptions {
  readonly name: string
  readonly client: KubeClient
  readonly component: string
  readonly host: string | undefined
  /** Series that may wait. */
  readonly limit: number
  readonly isBusy: () => boolean
  /** So many events were given up. */
  readonly onDropped: (count: number) => void
  readonly log: Log
  readonly clock: Clock
  readonly random: () => number
}

const attempts = 5
const backoff: Backoff = { initialMillis: 500, maximumMillis: 10_000 }
/** Few, since users' events are to wait for what changes the cluster, and more than one, since a request can hang. */
const concurrency = 2
const timeoutMillis = 5_000
const stepAsideMillis = 100

interface Unwritten {
  readonly series: EventSeries
  failures: number
}

export class EventLane {
  readonly #options: EventLaneOptions
  /** Under the names of their Event objects. */
  readonly #unwritten = new Map<string, Unwritten>()
  readonly #writer: Controller
  #onAllWritten: (() => void)[] = []

  constructor(options: EventLaneOptions) {
    this.#options = options
    const { name, log, clock, random } = options
    this.#writer = startController({
      ...{ name, concurrency, backoff, log, clock, random },
      reconcile: (series, context) => this.#attempt(series, context),
    })
  }

  /** False: it is full. */
  add(series: EventSeries): boolean {
    if (!this.#unwritten.has(series.name)) {
      if (this.#unwritten.size >= this.#options.limit) return false
      this.#unwritten.set(series.name, { series, failures: 0 })
    }
    this.#writer.enqueue(series.name)
    return true
  }

  /** Resolves when everything is written or given up. */
  flush(): Promise<void> {
    if (this.#unwritten.size === 0) return Promise.resolve()
    return new Promise((resolve) => this.#onAllWritten.push(resolve))
  }

  stop(): Promise<void> {
    return this.#writer.stop()
  }

  async #attempt(name: string, { signal }: ReconcileContext): Promise<Action> {
    const unwritten = this.#unwritten.get(name)
    if (!unwritten) return Action.awaitChange
    if (this.#options.isBusy()) await pause(this.#options.clock, stepAsideMillis, signal)
    const { series } = unwritten
    try {
      await this.#write(series, { signal, timeoutMillis })
      unwritten.failures = 0
    } catch (error) {
      unwritten.failures += 1
      if (!isRefusal(error) && unwritten.failures < attempts) throw error
      this.#giveUp(series, error)
    }
    // Otherwise it was said again meanwhile, and is in the queue again.
    if (series.written === series.count) this.#settled(name)
    return Action.awaitChange
  }

  #settled(name: string): void {
    this.#unwritten.delete(name)
    if (this.#unwritten.size === 0) for (const resolve of this.#onAllWritten.splice(0)) resolve()
  }

  async #write(series: EventSeries, limits: CallLimits): Promise<void> {
    const { count } = series
    if (series.written === 0 || !(await this.#raiseCount(series, limits))) await this.#make(series, limits)
    series.written = count
  }

  async #make(series: EventSeries, limits: CallLimits): Promise<void> {
    try {
      await this.#options.client.create(events, this.#eventOf(series), limits)
    } catch (error) {
      if (!isAlreadyExists(error)) throw error
      // An earlier attempt made it, and the answer was lost; since then the count may have grown.
      await this.#raiseCount(series, limits)
    }
  }

  /** False when the server has forgotten the event; it keeps them for an hour after the last write. */
  async #raiseCount(series: EventSeries, limits: CallLimits): Promise<boolean> {
    const { regarding, name, count, message, last } = series
    const ref = { namespace: regarding.namespace ?? 'default', name }
    try {
      const body = { count, message, lastTimestamp: last }
      await this.#options.client.patch(events, ref, { type: 'merge', body, ...limits })
      return true
    } catch (error) {
      if (isNotFound(error)) return false
      throw error
    }
  }

  #eventOf({ regarding, name, type, reason, message, count, first, last }: EventSeries): CoreV1Event {
    const { component, host } = this.#options
    return {
      metadata: { namespace: regarding.namespace ?? 'default', name },
      involvedObject: regarding,
      type,
      reason,
      message,
      count,
      firstTimestamp: first,
      lastTimestamp: last,
      source: host === undefined ? { component } : { component, host },
      reportingComponent: component,
      reportingInstance: host ?? '',
    }
  }

  #giveUp(series: EventSeries, err: unknown): void {
    const { log, onDropped } = this.#options
    onDropped(series.count - series.written)
    series.written = series.count
    // With a namespace go all its objects: nobody will miss what could not be said about them.
    const level = isInDeletedNamespace(err) ? 'debug' : 'warn'
    log[level]({ err, reason: series.reason, name: series.regarding.name }, 'an event could not be written')
  }
}

function isInDeletedNamespace(error: unknown): boolean {
  return isNotFound(error) || (error instanceof ApiError && error.message.includes('is being terminated'))
}
