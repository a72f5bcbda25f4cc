/**
 * Tells users what happened to their objects, as Kubernetes Events.
 *
 * Guarantees: `emit` never waits and never throws. At most `queueLimit` series wait to be written; repetitions of one
 * that waits cost nothing. What could not be written is counted in `dropped`.
 */
import type { CoreV1Event } from '@kubernetes/client-node'
import { type Backoff, backoffMillis } from './backoff.ts'
import type { KubeClient } from './client.ts'
import { type Clock, systemClock } from './clock.ts'
import { events } from './core.ts'
import { isNotFound } from './error.ts'
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
  /** Resolves when everything emitted so far is written or given up. */
  flush(): Promise<void>
  readonly dropped: number
}

const queueLimit = 1_000
const attempts = 5
const backoff: Backoff = { initialMillis: 500, maximumMillis: 10_000 }

export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  return new QueueingRecorder(options)
}

class QueueingRecorder implements EventRecorder {
  readonly #options: EventRecorderOptions
  readonly #clock: Clock
  readonly #correlator = new EventCorrelator()
  readonly #waiting = new Set<EventSeries>()
  #writing: Promise<void> | undefined
  #dropped = 0

  constructor(options: EventRecorderOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
  }

  get dropped(): number {
    return this.#dropped
  }

  emit(object: KubeObject, event: EventText): void {
    const series = this.#correlator.add(object, event, this.#clock.now(), this.#clock.wallTime())
    if (!series || (!this.#waiting.has(series) && this.#waiting.size >= queueLimit)) {
      this.#dropped += 1
      return
    }
    this.#waiting.add(series)
    this.#writing ??= this.#writeAll()
  }

  async flush(): Promise<void> {
    await this.#writing
  }

  async #writeAll(): Promise<void> {
    for (const series of this.#waiting) {
      this.#waiting.delete(series)
      await this.#writePatiently(series)
    }
    this.#writing = undefined
  }

  async #writePatiently(series: EventSeries): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#write(series)
      } catch (err) {
        if (attempt >= attempts) return this.#giveUp(series, err)
        await this.#pause(backoffMillis(backoff, attempt, this.#options.random ?? Math.random))
      }
    }
  }

  async #write(series: EventSeries): Promise<void> {
    const count = series.count
    if (series.written === 0 || !(await this.#raiseCount(series))) {
      await this.#options.client.create(events, this.#eventOf(series))
    }
    series.written = count
  }

  /** False when the server has forgotten the event; it keeps them for an hour. */
  async #raiseCount({ regarding, name, count, message, last }: EventSeries): Promise<boolean> {
    const ref = { namespace: regarding.namespace ?? 'default', name }
    try {
      await this.#options.client.patch(events, ref, { type: 'merge', body: { count, message, lastTimestamp: last } })
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

  #pause(millis: number): Promise<void> {
    return new Promise((resolve) => this.#clock.setTimeout(resolve, millis))
  }
}
