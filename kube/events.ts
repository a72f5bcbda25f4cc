/**
 * Tells users what happened to their objects, as Kubernetes Events.
 *
 * Guarantees: `emit` never waits and never throws. Events step aside for whatever is more important (`isBusy`), and no
 * warning waits for good news. What waits is bounded; what is not written in the end is told by `onDropped`.
 */
import type { KubeClient } from './client.ts'
import { type Clock, systemClock } from './clock.ts'
import { EventLane } from './event-lane.ts'
import { EventCorrelator, type EventText } from './event-series.ts'
import type { Log } from './log.ts'
import type { KubeObject } from './object.ts'

export interface EventRecorderOptions {
  client: KubeClient
  /** Who says so: "metrics-controller". */
  component: string
  /** Where it runs; the node's name for a process of one node. */
  host?: string
  /** Whether something is being written that matters more. Default: never. */
  isBusy?: () => boolean
  /** Series that may wait to be written, of warnings and of the rest each. Default 1,000. */
  queueLimit?: number
  /** So many events were too many, or could not be written. */
  onDropped?: (count: number) => void
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
}

const lastWordsMillis = 500

export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { host, isBusy = () => false, queueLimit = 1_000, onDropped = () => {} } = options
  const { clock = systemClock, random = Math.random } = options
  const correlator = new EventCorrelator(random)
  const lane = (name: string) =>
    new EventLane({ ...options, name, host, limit: queueLimit, isBusy, onDropped, clock, random })
  const lanes = { Warning: lane('warnings'), Normal: lane('events') }
  const flush = async () => {
    await Promise.all([lanes.Warning.flush(), lanes.Normal.flush()])
  }
  return {
    emit(object, event) {
      const series = correlator.add(object, event, clock.now(), clock.wallTime())
      if (series === undefined || !lanes[event.type].add(series)) onDropped(1)
    },
    flush,
    async stop() {
      const { promise: timeIsUp, resolve } = Promise.withResolvers<void>()
      const limit = clock.setTimeout(resolve, lastWordsMillis)
      await Promise.race([flush(), timeIsUp])
      clock.clearTimeout(limit)
      await Promise.all([lanes.Warning.stop(), lanes.Normal.stop()])
    },
  }
}
