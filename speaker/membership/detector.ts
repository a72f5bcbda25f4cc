import type { Action } from './action.ts'
import { stampOf } from './common.ts'
import { type Constants, deriveConstants } from './constants.ts'
import type { EventOf } from './event.ts'
import { Exchange } from './exchange.ts'
import { Hearing } from './hearing.ts'
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

export type State = 'idle' | 'running' | 'deaf' | 'left'

/** The parts of the machine and their common life: start, turns, silence and leave. Which event is for which state says Membership. */
export class Detector {
  readonly #outbox = new Outbox()
  readonly view: View
  readonly #constants: Constants
  readonly #random: () => number
  readonly #hearing: Hearing
  readonly #ownWord: OwnWord
  readonly #watcher: Watcher
  readonly #receiver: Receiver
  readonly #targets: Targets
  #state: State = 'idle'
  /** Whether it is known whom to expect. */
  #isListed = false
  #start: Start | undefined
  #tickMillis = Number.POSITIVE_INFINITY
  #heartbeatMillis = Number.POSITIVE_INFINITY

  constructor(options: MembershipOptions) {
    this.#constants = deriveConstants(options.constants)
    this.#random = options.random
    this.#hearing = new Hearing(this.#constants)
    this.view = new View(options.name, Math.trunc(options.incarnation), (name) => {
      if (name !== options.name) this.#outbox.changed(name)
    })
    const common = { constants: this.#constants, view: this.view, hearing: this.#hearing, outbox: this.#outbox }
    this.#ownWord = new OwnWord(common)
    this.#watcher = new Watcher(common)
    this.#targets = new Targets(common)
    this.#receiver = new Receiver(common, this.#ownWord, this.#watcher, new Exchange(common))
  }

  get state(): State {
    return this.#state
  }

  get dueMillis(): number {
    const startMillis = this.#start?.dueMillis ?? Number.POSITIVE_INFINITY
    const watcherMillis = this.#state === 'running' ? this.#watcher.dueMillis : Number.POSITIVE_INFINITY
    return Math.min(this.#tickMillis, this.#heartbeatMillis, this.#ownWord.dueMillis, startMillis, watcherMillis)
  }

  /** Who has begun without it has asked nobody, and begins anew. */
  list({ names }: EventOf<'listed'>, nowMillis: number): void {
    const isLate = !this.#isListed && this.#start !== undefined
    this.#isListed = true
    this.view.list(new Set(names), nowMillis, this.#constants.forgetMillis)
    if (isLate) this.begin(nowMillis)
  }

  /** What the shell says while nobody is told. */
  note({ links, configuration }: EventOf<'own'>): void {
    const { own } = this.view
    own.links = links ?? own.links
    own.configuration = configuration ?? own.configuration
  }

  say({ phase, links, configuration }: EventOf<'own'>, nowMillis: number): void {
    const { own } = this.view
    own.configuration = configuration ?? own.configuration
    const isTooEarly = phase === 'serving' && this.#start !== undefined
    if (phase === 'leaving') this.leave(nowMillis)
    else this.#ownWord.set(isTooEarly ? own.phase : (phase ?? own.phase), links, nowMillis)
  }

  setCan({ can }: EventOf<'hearing'>, nowMillis: number): void {
    this.#hearing.can = can
    if (this.#state === 'running') this.#deafen(nowMillis)
  }

  frame(nowMillis: number): void {
    this.#hearing.frame(nowMillis)
  }

  /** JOIN; also after a time without hearing, with a new incarnation. */
  begin(nowMillis: number): void {
    const { heartbeatMillis, tickMillis } = this.#constants
    this.#state = 'running'
    this.#hearing.begin(nowMillis)
    this.#start = new Start(this.#constants, nowMillis, this.#isListed && this.view.size - 1)
    this.#tickMillis = nowMillis + tickMillis
    this.#heartbeatMillis = nowMillis + heartbeatMillis * this.#random()
    this.#ownWord.say(nowMillis)
    this.#askForViews()
    this.#deafen(nowMillis)
  }

  receive({ from, message }: EventOf<'received'>, nowMillis: number): void {
    this.#hearing.member(nowMillis)
    this.#receiver.receive(from, message, this.#start, nowMillis)
  }

  /** A word of another is a frame like any other. */
  receiveDeaf(event: EventOf<'received'>, nowMillis: number): void {
    this.hearAgain(nowMillis)
    if (this.#state === 'running') this.receive(event, nowMillis)
  }

  hint({ name }: EventOf<'unreachable'>, nowMillis: number): void {
    const record = this.view.find(name)
    if (record !== undefined) this.#watcher.unreachable(record, nowMillis)
  }

  wake({ lateMillis }: EventOf<'wake'>, nowMillis: number): void {
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
    this.speak(nowMillis)
    if (this.#start !== undefined && nowMillis >= this.#start.dueMillis) this.#synced()
  }

  speak(nowMillis: number): void {
    const isSaid = this.#ownWord.speak(nowMillis)
    if (isSaid && this.#start?.isTold === false) this.#askForViews()
  }

  /** A frame from the wire, at last. */
  hearAgain(nowMillis: number): void {
    this.#hearing.frame(nowMillis)
    if (this.#isDeaf(nowMillis)) return
    this.#ownWord.renew(nowMillis, 'starting')
    this.#outbox.add({ type: 'hearing' })
    this.begin(nowMillis)
  }

  leave(nowMillis: number): void {
    this.#pause('left')
    this.#ownWord.set('leaving', undefined, nowMillis)
  }

  /** Left before it came. */
  end(): void {
    this.#state = 'left'
  }

  /** The end of a step. */
  finish(nowMillis: number): readonly Action[] {
    if (this.#state === 'running') this.#watcher.refresh(nowMillis)
    return this.#outbox.take()
  }

  /** Who serves knows all; nobody known to serve, some from all around the ring: neighbours may start together. */
  #askForViews(): void {
    const view = this.view
    const { own } = view
    const { watchers } = this.#constants
    const knowsAll = ({ life, phase }: MemberRecord): boolean => life === 'alive' && phase !== 'starting'
    const serving = view.nearest(own, -1, watchers, knowsAll).map(({ name }) => name)
    const join = { type: 'join', ...stampOf(own), ...factsOf(own), isQuestion: true } as const
    this.#outbox.send(serving.length > 0 ? serving : this.#scattered(watchers), join)
  }

  #scattered(count: number): string[] {
    const names = this.view.everybody
    if (names.length <= count) return [...names]
    return Array.from({ length: count }, (_, i) => names[Math.floor(((i + this.#random()) * names.length) / count)]!)
  }

  #heartbeat(nowMillis: number): void {
    const { heartbeatMillis, heartbeatJitter } = this.#constants
    this.#heartbeatMillis = nowMillis + heartbeatMillis * (1 + heartbeatJitter * (2 * this.#random() - 1))
    this.#targets.heartbeat()
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
    return !this.#hearing.can || (this.view.size > 1 && this.#hearing.isSilent(nowMillis))
  }

  #pause(state: 'deaf' | 'left'): void {
    this.#state = state
    this.#start = undefined
    this.#tickMillis = Number.POSITIVE_INFINITY
    this.#heartbeatMillis = Number.POSITIVE_INFINITY
    this.#watcher.pause()
  }
}
