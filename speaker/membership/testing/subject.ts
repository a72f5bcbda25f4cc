import type { Action } from '../action.ts'
import type { Constants } from '../constants.ts'
import type { MembershipEvent } from '../event.ts'
import { MemberRecord } from '../member-record.ts'
import { Membership } from '../membership.ts'
import type { Message, MessageType } from '../message.ts'
import { Ring } from '../ring.ts'

type Of<T extends MessageType> = Extract<Message, { type: T }>
type Body<T extends MessageType> = Omit<Of<T>, 'type' | 'incarnation' | 'phase'> &
  Partial<Pick<Of<T>, 'incarnation' | 'phase'>>

export interface Sent<T extends MessageType> {
  readonly atMillis: number
  readonly to: readonly string[]
  readonly message: Of<T>
  readonly overMillis: number
}

/** The others of a cluster in ring order from the successor of `own` on. */
export function successorsOf(own: string, names: readonly string[]): string[] {
  const ring = new Ring()
  const records = names.map((name) => new MemberRecord(name))
  ring.add(records)
  const start = records.find((record) => record.name === own)!
  return ring.nearest(start, 1, names.length, () => true).map((record) => record.name)
}

/** One machine under test, among others that are mere names: their words are put into its ear, and what it does is written down. */
export class Subject {
  readonly own = 'node-0'
  readonly names: readonly string[]
  /** In ring order: the first three are the wards, the last three the watchers. */
  readonly others: string[]
  readonly machine: Membership
  readonly done: { readonly atMillis: number; readonly action: Action }[] = []
  nowMillis = 0

  constructor(size: number, constants: Partial<Constants> = {}) {
    this.names = Array.from({ length: size }, (_, i) => `node-${i}`)
    this.others = successorsOf(this.own, this.names)
    this.machine = new Membership({ name: this.own, incarnation: 1000, constants, random: () => 0.5 })
    this.step({ type: 'listed', names: this.names })
  }

  /** Synced and serving, and everybody has just been heard. */
  static serving(size: number, constants?: Partial<Constants>): Subject {
    const subject = new Subject(size, constants)
    subject.step({ type: 'start' })
    for (const name of subject.others) subject.hear(name, 'alive', { configuration: 0, links: [] })
    subject.run(1000, subject.others)
    subject.step({ type: 'own', phase: 'serving' })
    subject.run(400, subject.others)
    subject.done.length = 0
    return subject
  }

  step(event: MembershipEvent): readonly Action[] {
    const actions = this.machine.step(event, this.nowMillis)
    this.done.push(...actions.map((action) => ({ atMillis: this.nowMillis, action })))
    return actions
  }

  hear<T extends MessageType>(from: string, type: T, body: Body<T>): readonly Action[] {
    const message = { type, incarnation: 500, phase: 'serving', ...body } as Message
    return this.step({ type: 'received', from, message })
  }

  beat(name: string, incarnation = this.machine.member(name)?.incarnation ?? 500): readonly Action[] {
    return this.hear(name, 'heartbeat', { incarnation, configuration: 0, digest: this.machine.digest })
  }

  /** Wakes it whenever it is due; those that talk are heard each 50 ms, and frames come from the wire unless it is said otherwise. */
  run(millis: number, talking: readonly string[] = [], hasFrames = true): void {
    const untilMillis = this.nowMillis + millis
    for (let nextMillis = this.nowMillis + 50; this.nowMillis < untilMillis; ) {
      const atMillis = Math.min(untilMillis, nextMillis, Math.max(this.nowMillis, this.machine.dueMillis))
      this.nowMillis = atMillis
      if (atMillis >= nextMillis) {
        nextMillis += 50
        if (hasFrames) this.step({ type: 'frame' })
        for (const name of talking) this.beat(name)
      }
      if (this.machine.dueMillis <= atMillis) this.step({ type: 'wake', lateMillis: 0 })
    }
  }

  /** Neither timers nor sockets for that long; then the timer is first. */
  stall(millis: number): void {
    this.nowMillis += millis
    this.step({ type: 'wake', lateMillis: Math.max(0, this.nowMillis - this.machine.dueMillis) })
  }

  sent<T extends MessageType>(type: T): Sent<T>[] {
    return this.done.flatMap(({ atMillis, action }) =>
      action.type === 'send' && action.message.type === type
        ? [{ atMillis, to: action.to, overMillis: action.overMillis, message: action.message as Of<T> }]
        : [],
    )
  }

  actions<T extends Action['type']>(type: T): (Extract<Action, { type: T }> & { atMillis: number })[] {
    return this.done.flatMap(({ atMillis, action }) =>
      action.type === type ? [{ ...(action as Extract<Action, { type: T }>), atMillis }] : [],
    )
  }

  life(name: string): string | undefined {
    return this.machine.member(name)?.life
  }
}
