import type { Action } from './action.ts'
import { stampOf } from './common.ts'
import { type Constants, deriveConstants } from './constants.ts'
import type { MembershipEvent } from './event.ts'
import { Exchange } from './exchange.ts'
import { Hearing } from './hearing.ts'
import type { Member, Phase } from './member.ts'
import { factsOf, type MemberRecord } from './member-record.ts'
import { Outbox } from './outbox.ts'
import { OwnWord } from './own-word.ts'
import { Receiver } from './receiver.ts'
import { Start } from './start.ts'
import { Targets } from './targets.ts'
import { View } from './view.ts'
import { Watcher } from './watcher.ts'

export interface MembershipOptions {
  name: string
  /** The wall clock in ms at the start of the process, so that a restart is newer without state on disk. */
  incarnation: number
  constants?: Partial<Constants>
  /** In [0, 1). */
  random: () => number
}

type EventType = MembershipEvent['type']
type Event<T extends EventType> = Extract<MembershipEvent, { type: T }>
type State = 'idle' | 'running' | 'deaf' | 'left'
type Answers = { readonly [T in EventType]: (machine: Membership, event: Event<T>, nowMillis: number) => void }

/**
 * The failure detector of one node, as a machine without clock, socket or chance of its own: the same events at the same times give the
 * same actions, in the speaker and in the simulation.
 */
export class Membership {
  readonly #constants: Constants
  readonly #random: () => number
  readonly #outbox = new Outbox()
  readonly #view: View
  readonly #hearing: Hearing
  readonly #ownWord: OwnWord
  readonly #watcher: Watcher
  readonly #receiver: Receiver
  readonly #targets: Targets
  #state: State = 'idle'
  #start: Start | undefined
  #tickMillis = Number.POSITIVE_INFINITY
  #heartbeatMillis = Number.POSITIVE_INFINITY

  constructor(options: MembershipOptions) {
    this.#constants = deriveConstants(options.constants)
    this.#random = options.random
    this.#hearing = new Hearing(this.#constants)
    this.#view = new View(options.name, Math.trunc(options.incarnation), (name) => {
      if (name !== options.name) this.#outbox.changed(name)
    })
    const common = { constants: this.#constants, view: this.#view, hearing: this.#hearing, outbox: this.#outbox }
    this.#ownWord = new OwnWord(common)
    this.#watcher = new Watcher(common)
    this.#targets = new Targets(common)
    this.#receiver = new Receiver(common, this.#ownWord, this.#watcher, new Exchange(common))
  }

  // State by state; what a state has no use for is said by `ignore`.
  static readonly #ignore = (): void => {}
  static readonly #answers: { readonly [S in State]: Answers } = {
    idle: {
      listed: (machine, event, now) => machine.#list(event, now),
      start: (machine, _event, now) => machine.#begin(now),
      own: (machine, event) => machine.#note(event),
      received: Membership.#ignore,
      unreachable: Membership.#ignore,
      frame: Membership.#ignore,
      hearing: (machine, event) => machine.#setCan(event),
      wake: Membership.#ignore,
      leave: (machine) => machine.#end(),
    },
    running: {
      listed: (machine, event, now) => machine.#list(event, now),
      start: Membership.#ignore,
      own: (machine, event, now) => machine.#say(event, now),
      received: (machine, event, now) => machine.#receive(event, now),
      unreachable: (machine, event, now) => machine.#hint(event, now),
      frame: (machine, _event, now) => machine.#hearing.frame(now),
      hearing: (machine, event, now) => {
        machine.#setCan(event)
        machine.#deafen(now)
      },
      wake: (machine, event, now) => machine.#wake(event, now),
      leave: (machine, _event, now) => machine.#leave(now),
    },
    deaf: {
      listed: (machine, event, now) => machine.#list(event, now),
      start: Membership.#ignore,
      own: (machine, event) => machine.#note(event),
      received: (machine, event, now) => machine.#receiveDeaf(event, now),
      unreachable: Membership.#ignore,
      frame: (machine, _event, now) => machine.#hearAgain(now),
      hearing: (machine, event) => machine.#setCan(event),
      wake: (machine, _event, now) => machine.#speak(now),
      leave: (machine, _event, now) => machine.#leave(now),
    },
    left: {
      listed: Membership.#ignore,
      start: Membership.#ignore,
      own: Membership.#ignore,
      received: Membership.#ignore,
      unreachable: Membership.#ignore,
      frame: Membership.#ignore,
      hearing: Membership.#ignore,
      wake: (machine, _event, now) => machine.#speak(now),
      leave: Membership.#ignore,
    },
  }

  /** Wake it then. Infinity before `start` and after the last LEAVE. */
  get dueMillis(): number {
    const startMillis = this.#start?.dueMillis ?? Number.POSITIVE_INFINITY
    const watcherMillis = this.#state === 'running' ? this.#watcher.dueMillis : Number.POSITIVE_INFINITY
    return Math.min(this.#tickMillis, this.#heartbeatMillis, this.#ownWord.dueMillis, startMillis, watcherMillis)
  }

  get digest(): number {
    return this.#view.digest
  }

  get own(): { readonly incarnation: number; readonly phase: Phase; readonly isDeaf: boolean } {
    const { incarnation, phase } = this.#view.own
    return { incarnation, phase, isDeaf: this.#state === 'deaf' }
  }

  member(name: string): Member | undefined {
    return this.#view.find(name)
  }

  /** The others, listed or heard of. */
  members(): Iterable<Member> {
    return this.#view.others()
  }

  /** The shell does the actions in their order; the arrays in them are the machine's own. */
  step(event: MembershipEvent, nowMillis: number): readonly Action[] {
    if (event.type === 'received' && event.from === this.#view.own.name) return this.#outbox.take()
    const answer = Membership.#answers[this.#state][event.type] as (
      machine: Membership,
      event: MembershipEvent,
      nowMillis: number,
    ) => void
    answer(this, event, nowMillis)
    if (this.#state === 'running') this.#watcher.refresh(nowMillis)
    return this.#outbox.take()
  }

  #list({ names }: Event<'listed'>, nowMillis: number): void {
    this.#view.list(new Set(names), nowMillis, this.#constants.forgetMillis)
  }

  #note({ links, configuration }: Event<'own'>): void {
    const { own } = this.#view
    own.links = links ?? own.links
    own.configuration = configuration ?? own.configuration
  }

  #say({ phase, links, configuration }: Event<'own'>, nowMillis: number): void {
    const { own } = this.#view
    own.configuration = configuration ?? own.configuration
    const isTooEarly = phase === 'serving' && this.#start !== undefined
    if (phase === 'leaving') this.#leave(nowMillis)
    else this.#ownWord.set(isTooEarly ? own.phase : (phase ?? own.phase), links, nowMillis)
  }

  #setCan({ can }: Event<'hearing'>): void {
    this.#hearing.can = can
  }

  /** JOIN; also after a time without hearing, with a new incarnation. */
  #begin(nowMillis: number): void {
    const { heartbeatMillis, tickMillis } = this.#constants
    this.#state = 'running'
    this.#hearing.begin(nowMillis)
    this.#start = new Start(this.#constants, nowMillis, this.#view.size > 1)
    this.#tickMillis = nowMillis + tickMillis
    this.#heartbeatMillis = nowMillis + heartbeatMillis * this.#random()
    this.#ownWord.say(nowMillis)
    this.#askForViews()
    this.#deafen(nowMillis)
  }

  /** Those already heard know most; nobody heard, the next on the ring. */
  #askForViews(): void {
    const view = this.#view
    const { own } = view
    const isWanted = (record: MemberRecord): boolean => record.isCounted
    const alive = view.nearest(own, -1, this.#constants.watchers)
    const asked = alive.length > 0 ? alive : view.nearest(own, -1, this.#constants.watchers, isWanted)
    const join = { type: 'join', ...stampOf(own), ...factsOf(own), isQuestion: true } as const
    this.#outbox.send(
      asked.map((record) => record.name),
      join,
    )
  }

  #receive({ from, message }: Event<'received'>, nowMillis: number): void {
    this.#hearing.member(nowMillis)
    this.#receiver.receive(from, message, this.#start, nowMillis)
  }

  /** A word of another is a frame like any other. */
  #receiveDeaf(event: Event<'received'>, nowMillis: number): void {
    this.#hearAgain(nowMillis)
    if (this.#state === 'running') this.#receive(event, nowMillis)
  }

  #hint({ name }: Event<'unreachable'>, nowMillis: number): void {
    const record = this.#view.find(name)
    if (record !== undefined) this.#watcher.unreachable(record, nowMillis)
  }

  #wake({ lateMillis }: Event<'wake'>, nowMillis: number): void {
    const stalledMillis = lateMillis > this.#constants.lateMillis ? lateMillis : 0
    if (stalledMillis > 0) this.#hearing.stalled(stalledMillis)
    this.#deafen(nowMillis)
    if (this.#state !== 'running') return
    if (nowMillis >= this.#tickMillis) {
      this.#tickMillis = nowMillis + this.#constants.tickMillis
      this.#watcher.tick(nowMillis, stalledMillis)
    }
    if (nowMillis >= this.#heartbeatMillis) this.#heartbeat(nowMillis)
    this.#watcher.wake(nowMillis, stalledMillis)
    this.#speak(nowMillis)
    if (this.#start !== undefined && nowMillis >= this.#start.dueMillis) this.#synced()
  }

  #heartbeat(nowMillis: number): void {
    const { heartbeatMillis, heartbeatJitter } = this.#constants
    this.#heartbeatMillis = nowMillis + heartbeatMillis * (1 + heartbeatJitter * (2 * this.#random() - 1))
    this.#targets.heartbeat()
  }

  #speak(nowMillis: number): void {
    const isSaid = this.#ownWord.speak(nowMillis)
    if (isSaid && this.#start?.isTold === false) this.#askForViews()
  }

  #synced(): void {
    this.#start = undefined
    this.#outbox.add({ type: 'synced' })
  }

  /** If nothing is heard any more: says so once in case somebody hears it, so that they need not wait for the silence. */
  #deafen(nowMillis: number): void {
    if (!this.#isDeaf(nowMillis)) return
    this.#pause('deaf')
    this.#outbox.add({ type: 'deaf' })
    this.#ownWord.set('unfit', undefined, nowMillis)
  }

  /** Where nobody else is expected silence is no sign. */
  #isDeaf(nowMillis: number): boolean {
    return !this.#hearing.can || (this.#view.size > 1 && this.#hearing.isSilent(nowMillis))
  }

  #hearAgain(nowMillis: number): void {
    this.#hearing.frame(nowMillis)
    if (this.#isDeaf(nowMillis)) return
    this.#ownWord.renew(nowMillis, 'starting')
    this.#outbox.add({ type: 'hearing' })
    this.#begin(nowMillis)
  }

  #leave(nowMillis: number): void {
    this.#pause('left')
    this.#ownWord.set('leaving', undefined, nowMillis)
  }

  /** Left before it came. */
  #end(): void {
    this.#state = 'left'
  }

  #pause(state: 'deaf' | 'left'): void {
    this.#state = state
    this.#start = undefined
    this.#tickMillis = Number.POSITIVE_INFINITY
    this.#heartbeatMillis = Number.POSITIVE_INFINITY
    this.#watcher.pause()
  }
}
