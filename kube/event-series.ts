/**
 * Which events are worth a write, and which are the same thing said again. Pure bookkeeping; `event-lane.ts` writes.
 *
 * As client-go's correlator: the same event again raises the count of the first; more than ten messages of one reason
 * about one object in ten minutes become one; and an object may cause 25 new writes at once, then one in five minutes.
 */
import type { V1ObjectReference } from '@kubernetes/client-node'
import { given } from './given.ts'
import type { KubeObject } from './object.ts'

export interface EventText {
  type: 'Normal' | 'Warning'
  reason: string
  message: string
}

/** One Event object on the server and what it should say now. */
export interface EventSeries extends EventText {
  regarding: V1ObjectReference
  /** Name of the Event object. */
  name: string
  count: number
  /** How many of `count` the server knows of. */
  written: number
  first: Date
  last: Date
}

const similar = { messages: 10, windowMillis: 600_000 }
const budget = { burst: 25, refillMillis: 300_000 }
/** Objects remembered, and series of each; the ones unused for longest go first. */
const remembered = { objects: 4_096, series: 32 }

interface Told {
  readonly series: EventSeries
  readonly sinceMillis: number
  /** Whatever its message, it stands for all of its reason. */
  readonly isCombined: boolean
}

interface Subject {
  tokens: number
  atMillis: number
  told: Told[]
}

export class EventCorrelator {
  /** By what identifies them, the one unused for longest first. */
  readonly #subjects = new Map<string, Subject>()
  #made: number

  /** Names begin at a random number: two processes may speak about one object in the same millisecond. */
  constructor(random: () => number = Math.random) {
    this.#made = Math.floor(random() * 4096)
  }

  /** The series that the event belongs to, one longer; undefined when its object has had its share. */
  add(object: KubeObject, event: EventText, nowMillis: number, wallTime: Date): EventSeries | undefined {
    const subject = this.#subjectOf(object, nowMillis)
    if (!spend(subject, nowMillis)) return undefined
    const alike = subject.told.filter(({ series }) => series.type === event.type && series.reason === event.reason)
    const same = alike.find(({ series, isCombined }) => !isCombined && series.message === event.message)
    if (same !== undefined) return repeat(same.series, event.message, wallTime)

    const recent = alike.filter(({ sinceMillis }) => nowMillis - sinceMillis < similar.windowMillis)
    const isCombined = recent.length >= similar.messages
    const message = isCombined ? `(combined from similar events): ${event.message}` : event.message
    const combined = isCombined ? alike.find((told) => told.isCombined) : undefined
    if (combined !== undefined) return repeat(combined.series, message, wallTime)

    const count = { count: 1, written: 0, first: wallTime, last: wallTime }
    const name = this.#newName(object, wallTime)
    const series = { type: event.type, reason: event.reason, message, regarding: referenceTo(object), name, ...count }
    // A new list, no longer than it need be: most objects cause one event, and thousands of objects are remembered.
    subject.told = [...subject.told, { series, sinceMillis: nowMillis, isCombined }].slice(-remembered.series)
    return series
  }

  #subjectOf(object: KubeObject, nowMillis: number): Subject {
    const key = identityOf(object)
    const subject = this.#subjects.get(key) ?? { tokens: budget.burst, atMillis: nowMillis, told: [] }
    this.#subjects.delete(key)
    this.#subjects.set(key, subject)
    const [oldest] = this.#subjects.keys()
    if (this.#subjects.size > remembered.objects && oldest !== undefined) this.#subjects.delete(oldest)
    return subject
  }

  #newName(object: KubeObject, wallTime: Date): string {
    this.#made += 1
    const suffix = `${wallTime.getTime().toString(16)}${(this.#made % 4096).toString(16).padStart(3, '0')}`
    return `${(object.metadata?.name ?? 'unknown').slice(0, 230)}.${suffix}`
  }
}

function repeat(series: EventSeries, message: string, wallTime: Date): EventSeries {
  series.count += 1
  series.last = wallTime
  series.message = message
  return series
}

function spend(subject: Subject, nowMillis: number): boolean {
  const refilled = subject.tokens + (nowMillis - subject.atMillis) / budget.refillMillis
  const tokens = Math.min(budget.burst, refilled)
  const isAllowed = tokens >= 1
  subject.tokens = isAllowed ? tokens - 1 : tokens
  subject.atMillis = nowMillis
  return isAllowed
}

function identityOf({ kind, metadata: { namespace = '', name = '', uid } = {} }: KubeObject): string {
  return uid || `${kind} ${namespace}/${name}`
}

function referenceTo({ apiVersion, kind, metadata }: KubeObject): V1ObjectReference {
  const { namespace, name, uid, resourceVersion } = metadata ?? {}
  return given({ apiVersion, kind, namespace, name, uid, resourceVersion })
}
