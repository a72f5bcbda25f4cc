import type { V1Pod } from '@kubernetes/client-node'
import type { Clock } from '../kube/clock.ts'
import type { Log } from '../kube/log.ts'
import type { Store } from '../kube/store.ts'
import { type Address, formatAddress } from '../net/address.ts'
import type { MemberListSettings } from './member-list-settings.ts'
import type { MemberListView } from './member-metrics.ts'
import type { Action } from './membership/action.ts'
import { MemberList } from './membership/member-list.ts'
import { watchSecretFile } from './membership/secret-file.ts'
import type { Refusal } from './membership/sessions.ts'
import { peersOf } from './speaker-peers.ts'

export interface MembersOptions extends MemberListSettings {
  readonly node: string
  readonly log: Log
  readonly clock: Clock
  /** On which addresses are answered. */
  readonly interfaces: () => readonly string[]
  readonly onAction: (action: ShellAction) => void
  readonly onSilence: (nodes: readonly Address[]) => void
}

/** What the membership does not do by itself. */
export type ShellAction = Exclude<Action, { type: 'send' }>

/** Without the API server it begins all the same: others tell whom they know. */
const startAtLatestMillis = 1000
/** One line of log for each reason, however many datagrams are refused. */
const complainEveryMillis = 60_000

const complaints: Partial<Record<Refusal, string>> = {
  version: "another protocol on the port of the member list, such as that of MetalLB's own speakers",
  foreign: 'a speaker has another secret of the member list',
}

/** The member list of this speaker, with what it needs of the cluster and of this node's files. */
export class Members implements MemberListView {
  readonly list: MemberList
  readonly #options: MembersOptions
  readonly #secret: { close(): void }
  readonly #complainedMillis = new Map<Refusal, number>()
  /** What was last said of each member: of its links there is nothing to say. */
  readonly #told = new Map<string, string>()
  readonly #starting: ReturnType<Clock['setTimeout']>
  #hasStarted = false

  /** Throws when the secret cannot be read, or the port is not to be had. */
  constructor(options: MembersOptions) {
    const { node, bind, port, secretDirectory, times, log, clock } = options
    this.#options = options
    const { secrets, close } = watchSecretFile({
      ...{ directory: secretDirectory, clock },
      onChange: () => log.info({ event: 'secretChanged' }, 'the secret of the member list has changed'),
      onError: (error) =>
        log.warn({ err: error }, 'the secret of the member list cannot be read: the last one is in force'),
    })
    this.#secret = { close }
    this.list = new MemberList({
      ...{ name: node, bind, port, secrets, constants: times, clock, wallMillis: clock.wallTime().getTime() },
      interfaces: options.interfaces,
      onAction: (action) => this.#on(action),
      onSilence: options.onSilence,
      onRefused: (reason, from) => this.#complain(reason, from),
    })
    if (secrets.newest.text.length === 0) log.warn({}, 'the member list has no secret: anybody can forge its messages')
    log.info({ address: formatAddress(bind), port, ...times }, 'listening for other speakers')
    this.#starting = clock.setTimeout(() => this.#start(), startAtLatestMillis)
  }

  /** From now on those are expected whose pods there are. Assumption: the store has seen everything once. */
  follow(speakerPods: Store<V1Pod>): void {
    const tell = () => this.list.list(peersOf(speakerPods.values(), this.#options.bind.family))
    tell()
    speakerPods.subscribe(tell)
    this.#start()
  }

  /** Itself included. */
  get counts(): { readonly seen: number; readonly serving: number } {
    const { membership } = this.list
    const alive = [...membership.members()].filter(({ life }) => life === 'alive')
    const isServing = [membership.own, ...alive].map(({ phase }) => phase === 'serving')
    return { seen: isServing.length, serving: isServing.filter(Boolean).length }
  }

  counters() {
    return this.list.counters()
  }

  *lives() {
    for (const { life } of this.list.membership.members()) yield life
  }

  close(): void {
    this.#options.clock.clearTimeout(this.#starting)
    this.#secret.close()
    this.list.close()
  }

  #start(): void {
    if (this.#hasStarted) return
    this.#hasStarted = true
    this.#options.clock.clearTimeout(this.#starting)
    this.list.start()
  }

  #on(action: ShellAction): void {
    this.#tell(action)
    this.#options.onAction(action)
  }

  #tell(action: ShellAction): void {
    const { log } = this.#options
    if (action.type === 'changed') for (const name of action.names) this.#tellOf(name)
    if (action.type === 'deaf') log.warn({ event: 'deaf' }, 'nothing is heard from the network: nothing is announced')
    if (action.type === 'hearing') log.info({ event: 'hearing' }, 'the network is heard again')
    if (action.type === 'damped')
      log.warn({ event: 'damped' }, 'this node was taken for dead too often: it waits in reserve')
    if (action.type === 'synced') log.info({ event: 'synced', ...this.counts }, 'the other speakers are known')
  }

  #tellOf(name: string): void {
    const { life, phase } = this.list.membership.member(name) ?? { life: 'forgotten', phase: '' }
    const news = `${life} ${phase}`
    if (this.#told.get(name) === news) return
    if (life === 'forgotten') this.#told.delete(name)
    else this.#told.set(name, news)
    this.#options.log.info({ event: 'member', member: name, life, phase }, 'another speaker')
  }

  #complain(reason: Refusal, from: Address): void {
    const { clock, log } = this.#options
    const message = complaints[reason]
    const lastMillis = this.#complainedMillis.get(reason) ?? Number.NEGATIVE_INFINITY
    if (message === undefined || clock.now() - lastMillis < complainEveryMillis) return
    this.#complainedMillis.set(reason, clock.now())
    log.warn({ event: 'refused', reason, from: formatAddress(from) }, message)
  }
}
