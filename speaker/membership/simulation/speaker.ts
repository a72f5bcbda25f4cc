import { formatAddress } from '../../../net/address.ts'
import { defaultPace } from '../../ownership/pace.ts'
import type { Action } from '../action.ts'
import { type Constants, deriveConstants } from '../constants.ts'
import type { MembershipEvent } from '../event.ts'
import type { Phase } from '../member.ts'
import { Membership } from '../membership.ts'
import type { Message } from '../message.ts'
import { Announcer } from './announcer.ts'
import type { Cluster } from './cluster.ts'
import type { Host } from './host.ts'
import { Post } from './post.ts'
import { Process } from './process.ts'
import type { Packet } from './wire.ts'

/** A speaker on its node: the product's machines, and in place of its sockets those of the simulation. */
export class Speaker {
  readonly membership: Membership
  readonly process: Process<Packet>
  readonly announcer: Announcer
  readonly #cluster: Cluster
  readonly #host: Host
  readonly #constants: Constants
  readonly #post: Post
  readonly #events: MembershipEvent[] = []
  #isStepping = false
  #timer: { readonly atMillis: number; readonly id: unknown } | undefined
  #heardMillis: number
  #lookedMillis = 0

  constructor(cluster: Cluster, host: Host) {
    const { timeline, random, settings } = cluster
    this.#cluster = cluster
    this.#host = host
    this.process = new Process(timeline, random, cluster.lifeOn(host), (packet) => this.#receive(packet))
    this.#post = new Post(cluster, host, this.process, (from, message) => this.#hear(from, message))
    this.#heardMillis = this.process.now()
    const { heartbeatMillis, voteMillis } = settings
    this.#constants = deriveConstants({ heartbeatMillis, voteMillis })
    const incarnation = Math.round(cluster.calendarMillis + host.calendarMillis)
    const constants = this.#constants
    this.membership = new Membership({ name: host.name, incarnation, constants, random: random.next })
    const { probes, standInSeconds } = settings
    const holderMillis = voteMillis + probes * defaultPace.probeMillis
    const pace = { ...defaultPace, probes, holderMillis, standInMillis: standInSeconds * 1000 }
    this.announcer = new Announcer({ cluster, host, pace, ...this })
  }

  get phase(): Phase {
    return this.membership.own.phase
  }

  /** @param knowsApi whether it gets to know Services and nodes */
  start(knowsApi: boolean): void {
    if (knowsApi) this.announcer.electAll()
    if (knowsApi) this.step({ type: 'listed', names: this.#cluster.names })
    this.step({ type: 'own', links: [this.#host.link] })
    this.step({ type: 'start' })
    if (knowsApi) this.announcer.company.settled()
  }

  /** The API server is back. */
  hearApi(): void {
    this.step({ type: 'listed', names: this.#cluster.names })
    this.announcer.electAll()
    this.announcer.company.settled()
  }

  /** Its packet sockets fail, or are open again. */
  setSockets(areOpen: boolean): void {
    this.announcer.layer2.isOpen = areOpen
    this.step({ type: 'hearing', can: areOpen })
    this.#cluster.owners.judgeAll()
  }

  /** Speakers that are listed and were never heard. */
  noteUnheard(): void {
    const unheard = this.#cluster.hosts.filter(
      (host) =>
        host.hasSpeaker && host !== this.#host && (this.membership.member(host.name)?.life ?? 'absent') === 'absent',
    )
    this.announcer.company.setUnheard(new Map(unheard.map(({ name, link }) => [formatAddress(link.ipv4), name])))
  }

  /** @param onEnd everything is handed over, and the others know */
  leave(onEnd: () => void): void {
    this.step({ type: 'leave' })
    this.announcer.company.leave()
    this.announcer.ownership.whenHandedOver(() => this.process.setTimeout(onEnd, 3 * this.#constants.repeatMillis))
  }

  /** Whether it believes of everybody what is so. */
  knowsAll(): boolean {
    return this.#cluster.hosts.every((host) => {
      if (host === this.#host) return true
      const member = this.membership.member(host.name)
      return host.hasSpeaker
        ? member?.life === 'alive' && member.phase === host.speaker!.phase
        : member?.life !== 'alive'
    })
  }

  /** What an action brings about waits until the actions before it are done, as in the member list. */
  readonly step = (event: MembershipEvent): void => {
    this.#events.push(event)
    if (this.#isStepping) return
    this.#isStepping = true
    for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
      for (const action of this.membership.step(next, this.process.now())) this.#act(action)
    }
    this.#isStepping = false
    this.#arm()
  }

  #receive(packet: Packet): void {
    const { layer2, ownership } = this.announcer
    if (packet.type === 'message' || packet.type === 'datagram') this.#post.receive(packet)
    if (packet.type === 'unreachable') this.step({ type: 'unreachable', name: packet.from.name })
    if (packet.type === 'asked') layer2.asked(packet)
    if (packet.type === 'claim') {
      const { address, kind, mac } = packet.claim
      this.#cluster.trace?.note(this.#host.name, formatAddress(address), `hears ${kind} of ${mac} about`)
      ownership.heard(packet.claim)
      layer2.heardClaim()
    }
  }

  #hear(from: Host, message: Message): void {
    this.#heardMillis = this.process.now()
    this.step({ type: 'received', from: from.name, message })
  }

  #act(action: Action): void {
    if (action.type === 'send') this.#post.send(action)
    if (action.type === 'changed') this.#learn(action.names)
    this.announcer.company.on(action)
  }

  #learn(names: readonly string[]): void {
    const { beliefs, trace } = this.#cluster
    for (const name of names) {
      const member = this.membership.member(name)
      beliefs.learn(this.#host, this.#cluster.host(name), member)
      trace?.note(this.#host.name, name, `believes ${member?.life} and ${member?.phase}:`)
    }
  }

  #arm(): void {
    const { dueMillis } = this.membership
    if (dueMillis === Number.POSITIVE_INFINITY || (this.#timer && this.#timer.atMillis <= dueMillis)) return
    this.process.clearTimeout(this.#timer?.id)
    const id = this.process.setTimeout(() => this.#onTimer(), dueMillis - this.process.now())
    this.#timer = { atMillis: dueMillis, id }
  }

  /** As in the member list: what waits in the socket is read first when the timer is late. */
  #onTimer(): void {
    this.#timer = undefined
    const lateMillis = this.process.now() - this.membership.dueMillis
    if (lateMillis < 0) {
      this.#arm()
      return
    }
    if (lateMillis > this.#constants.lateMillis) {
      this.#cluster.trace?.note(this.#host.name, this.#host.name, `wakes ${lateMillis.toFixed(0)} ms late:`)
      this.process.drain()
    }
    this.#lookAtWire()
    this.step({ type: 'wake', lateMillis })
  }

  /** In silence the kernel's counters tell whether the node hears anything: a router's answers, other hosts. */
  #lookAtWire(): void {
    const now = this.process.now()
    if (now - this.#heardMillis < 150 || now - this.#lookedMillis < 50) return
    this.#lookedMillis = now
    if (this.#cluster.hearsFrames(this.#host)) this.step({ type: 'frame' })
  }
}
