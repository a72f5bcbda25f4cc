/**
 * Tells users what happened to their objects, as Kubernetes Events.
 *
 * Guarantees: `emit` never waits and never throws. At most `queueLimit` series wait to be written; repetitions of one
 * that waits cost nothing. One that fails comes back later and stands in nobody's way meanwhile. What could not be
 * written is counted in `dropped`.
 */
import type { CoreV1Event } from '@kubernetes/client-node'
import type { Backoff } from './backoff.ts'
import type { CallLimits, KubeClient } from './client.ts'
import { type Clock, systemClock } from './clock.ts'
import { Action, type Controller, type ReconcileContext, startController } from './controller.ts'
import { events } from './core.ts'
import { ApiError, isAlreadyExists, isNotFound } from './error.ts'
import { EventCorrelator, type EventSeries, type EventText } from './event-series.ts'
import type { Log } from './log.ts'
import type { KubeObject } from './object.ts'

export interface EventRecorderOptions {
  client: KubeClient
  /** Who says so: "metrics-controller". */
  component: string
  /** Where it runs; the node's name for a process of one node. */
  host?: string
  log: Log
  clock?: Clock
  random?: () => number
}

export interface EventRecorder {
  /** The object needs apiVersion, kind and metadata. */
  emit(object: KubeObject, event: EventText): void
  /** Resolves when everything emitted is written or given up. */
  flush(): Promise<void>
  /** Gives what is not written yet half a second, and gives it up then. */
  stop(): Promise<void>
  readonly dropped: number
}

const queueLimit = 1_000
const attempts = 5
const backoff: Backoff = { initialMillis: 500, maximumMillis: 10_000 }
/** Few, since users' events are to wait for what changes the cluster, and more than one, since a request can hang. */
const concurrency = 2
const timeoutMillis = 5_000
const lastWordsMillis = 500

export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  return new QueueingRecorder(options)
}

interface Unwritten {
  readonly series: EventSeries
  failures: number
}

class QueueingRecorder implements EventRecorder {
  readonly #options: EventRecorderOptions
  readonly #clock: Clock
  readonly #correlator: EventCorrelator
  /** Under the names of their Event objects. */
  readonly #unwritten = new Map<string, Unwritten>()
  readonly #writer: Controller
  #onAllWritten: (() => void)[] = []
  #dropped = 0

  constructor(options: EventRecorderOptions) {
    const { log, clock = systemClock, random = Math.random } = options
    this.#options = options
    this.#clock = clock
    this.#correlator = new EventCorrelator(random)
    this.#writer = startController({
      ...{ name: 'events', concurrency, backoff, log, clock, random },
      reconcile: (name, context) => this.#attempt(name, context),
    })
  }

  get dropped(): number {
    return this.#dropped
  }

  emit(object: KubeObject, event: EventText): void {
    const series = this.#correlator.add(object, event, this.#clock.now(), this.#clock.wallTime())
    if (!series || (!this.#unwritten.has(series.name) && this.#unwritten.size >= queueLimit)) {
      this.#dropped += 1
      return
    }
    if (!this.#unwritten.has(series.name)) this.#unwritten.set(series.name, { series, failures: 0 })
    this.#writer.enqueue(series.name)
  }

  flush(): Promise<void> {
    if (this.#unwritten.size === 0) return Promise.resolve()
    return new Promise((resolve) => this.#onAllWritten.push(resolve))
  }

  async stop(): Promise<void> {
    const { promise: timeIsUp, resolve } = Promise.withResolvers<void>()
    const limit = this.#clock.setTimeout(resolve, lastWordsMillis)
    await Promise.race([this.flush(), timeIsUp])
    this.#clock.clearTimeout(limit)
    await this.#writer.stop()
  }

  async #attempt(name: string, { signal }: ReconcileContext): Promise<Action> {
    const unwritten = this.#unwritten.get(name)
    if (!unwritten) return Action.awaitChange
    const { series } = unwritten
    try {
      await this.#write(series, { signal, timeoutMillis })
      unwritten.failures = 0
    } catch (error) {
      unwritten.failures += 1
      if (mayRecover(error) && unwritten.failures < attempts) throw error
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

  /** False when the server has forgotten the event; it keeps them for an hour. */
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
    this.#dropped += series.count - series.written
    series.written = series.count
    this.#options.log.warn({ err, reason: series.reason, name: series.regarding.name }, 'an event could not be written')
  }
}

/** As client-go: what the server has refused it will refuse again, unless it was busy or broken. */
function mayRecover(error: unknown): boolean {
  if (!(error instanceof ApiError) || error.code !== 'refused') return true
  return error.status === 429 || error.status >= 500
}
