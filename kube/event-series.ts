/**
 * Which events are worth a write, and which are the same thing said again. Pure bookkeeping; `events.ts` writes.
 *
 * As client-go's correlator: the same event again raises the count of the first; more than ten messages of one reason
 * about one object in ten minutes become one; and an object may cause 25 new writes at once, then one in five minutes.
 */
import type { V1ObjectReference } from '@kubernetes/client-node'
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
/** Series, reasons and objects remembered; the one unused for longest goes first. */
const remembered = 4_096

export class EventCorrelator {
  readonly #series = new RecentMap<EventSeries>()
  readonly #messages = new RecentMap<{ texts: Set<string>; sinceMillis: number }>()
  readonly #budgets = new RecentMap<{ tokens: number; atMillis: number }>()
  #made: number

  /** Names begin at a random number: two processes may speak about one object in the same millisecond. */
  constructor(random: () => number = Math.random) {
    this.#made = Math.floor(random() * 4096)
  }

  /** The series that the event belongs to, one longer; undefined when its object has had its share. */
  add(object: KubeObject, event: EventText, nowMillis: number, wallTime: Date): EventSeries | undefined {
    const subject = subjectOf(object)
    if (!this.#spend(subject, nowMillis)) return undefined
    const message = this.#combine(`${subject} ${event.type} ${event.reason}`, event.message, nowMillis)
    const key = `${subject} ${event.type} ${event.reason} ${message.key}`
    const known = this.#series.get(key)
    if (known) {
      known.count += 1
      known.last = wallTime
      known.message = message.text
      return known
    }
    const name = this.#newName(object, wallTime)
    const count = { count: 1, written: 0, first: wallTime, last: wallTime }
    return this.#series.set(key, { ...event, message: message.text, regarding: referenceTo(object), name, ...count })
  }

  #newName(object: KubeObject, wallTime: Date): string {
    this.#made += 1
    const suffix = `${wallTime.getTime().toString(16)}${(this.#made % 4096).toString(16).padStart(3, '0')}`
    return `${(object.metadata?.name ?? 'unknown').slice(0, 230)}.${suffix}`
  }

  #combine(key: string, text: string, nowMillis: number): { key: string; text: string } {
    const found = this.#messages.get(key)
    const fresh = found && nowMillis - found.sinceMillis < similar.windowMillis
    const { texts } = fresh ? found : this.#messages.set(key, { texts: new Set(), sinceMillis: nowMillis })
    if (!texts.has(text) && texts.size >= similar.messages)
      return { key: '', text: `(combined from similar events): ${text}` }
    texts.add(text)
    return { key: text, text }
  }

  #spend(subject: string, nowMillis: number): boolean {
    const bucket = this.#budgets.get(subject) ?? { tokens: budget.burst, atMillis: nowMillis }
    const refilled = bucket.tokens + (nowMillis - bucket.atMillis) / budget.refillMillis
    const tokens = Math.min(budget.burst, refilled)
    const allowed = tokens >= 1
    this.#budgets.set(subject, { tokens: allowed ? tokens - 1 : tokens, atMillis: nowMillis })
    return allowed
  }
}

/** A map that forgets what was not used for longest. */
class RecentMap<V> {
  readonly #entries = new Map<string, V>()

  get(key: string): V | undefined {
    const value = this.#entries.get(key)
    if (value !== undefined) this.set(key, value)
    return value
  }

  set(key: string, value: V): V {
    this.#entries.delete(key)
    this.#entries.set(key, value)
    const [oldest] = this.#entries.keys()
    if (this.#entries.size > remembered && oldest !== undefined) this.#entries.delete(oldest)
    return value
  }
}

function subjectOf(object: KubeObject): string {
  const { namespace = '', name = '', uid = '' } = object.metadata ?? {}
  return `${object.kind} ${namespace}/${name} ${uid}`
}

function referenceTo({ apiVersion, kind, metadata }: KubeObject): V1ObjectReference {
  const { namespace, name, uid, resourceVersion } = metadata ?? {}
  const fields = { apiVersion, kind, namespace, name, uid, resourceVersion }
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
