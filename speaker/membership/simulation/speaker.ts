import type { Action } from '../action.ts'
import { type Constants, deriveConstants } from '../constants.ts'
import type { MembershipEvent } from '../event.ts'
import type { Phase } from '../member.ts'
import { Membership } from '../membership.ts'
import { encodeMessage } from '../message-codec.ts'
import { sealOverheadBytes } from '../seal.ts'
import type { Cluster } from './cluster.ts'
import type { Host } from './host.ts'
import { Process } from './process.ts'
import type { Packet } from './wire.ts'

/** A speaker on its node: the product's machines, and in place of its sockets and timers those of the simulation. */
export class Speaker {
  readonly membership: Membership
  readonly process: Process<Packet>
  readonly #cluster: Cluster
  readonly #host: Host
  readonly #constants: Constants
  #timer: { readonly atMillis: number; readonly id: unknown } | undefined
  #heardMillis: number
  #lookedMillis = 0
  readonly #events: MembershipEvent[] = []
  #isStepping = false

  constructor(cluster: Cluster, host: Host) {
    const { timeline, random, settings } = cluster
    this.#cluster = cluster
    this.#host = host
    this.process = new Process(timeline, random, cluster.lifeOn(host), (packet) => this.#receive(packet))
    this.#constants = deriveConstants(settings)
    this.#heardMillis = this.process.now()
    const incarnation = Math.round(cluster.calendarMillis + host.calendarMillis)
    this.membership = new Membership({
      ...{ name: host.name, incarnation, constants: this.#constants, random: random.next },
    })
  }

  start(): void {
    this.step({ type: 'listed', names: this.#cluster.names })
    this.step({ type: 'own', links: [this.#host.link] })
    this.step({ type: 'start' })
  }

  get phase(): Phase {
    return this.membership.own.phase
  }

  /** Whether it believes of everybody what is so. */
  knowsAll(): boolean {
    return this.#cluster.hosts.every((host) => {
      if (host === this.#host) return true
      const member = this.membership.member(host.name)
      return host.hasSpeaker ? member?.life === 'alive' && member.phase === host.speaker!.phase : member?.life !== 'alive'
    })
  }

  /** What an action brings about waits until the actions before it are done, as in the member list. */
  step(event: MembershipEvent): void {
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
    if (packet.type === 'message') this.#receiveMessage(packet)
    if (packet.type === 'unreachable') this.step({ type: 'unreachable', name: packet.from.name })
  }

  #receiveMessage({ from, message }: Packet & { type: 'message' }): void {
    this.#heardMillis = this.process.now()
    this.step({ type: 'received', from: from.name, message })
  }

  #act(action: Action): void {
    if (action.type === 'send') this.#send(action)
    if (action.type === 'changed') this.#learn(action.names)
    if (action.type === 'synced') this.step({ type: 'own', phase: 'serving' })
    if (action.type === 'solicit') this.#cluster.wire.solicit(this.#host, this.#cluster.host(action.name))
  }

  #learn(names: readonly string[]): void {
    const { beliefs } = this.#cluster
    for (const name of names) beliefs.learn(this.#host, this.#cluster.host(name), this.membership.member(name))
  }

  #send({ to, message, overMillis }: Action & { type: 'send' }): void {
    const bytes = encodeMessage(message).length + overheadBytes + sealOverheadBytes(this.#host.name)
    const packet: Packet = { type: 'message', from: this.#host, message }
    const spacing = Math.max(sendMillis, overMillis / to.length)
    for (const [i, name] of to.entries()) {
      this.#cluster.wire.datagram(this.#host, this.#cluster.host(name), packet, bytes, i * spacing)
    }
    this.process.spend(to.length * sendMillis)
  }

  #arm(): void {
    const { dueMillis } = this.membership
    if (dueMillis === Number.POSITIVE_INFINITY || (this.#timer && this.#timer.atMillis <= dueMillis)) return
    this.process.clearTimeout(this.#timer?.id)
    const id = this.process.setTimeout(() => this.#onTimer(), dueMillis - this.process.now())
    this.#timer = { atMillis: dueMillis, id }
  }

  #onTimer(): void {
    this.#timer = undefined
    const lateMillis = this.process.now() - this.membership.dueMillis
    if (lateMillis > this.#constants.lateMillis) this.process.drain()
    this.#lookAtWire()
    if (lateMillis >= 0) this.step({ type: 'wake', lateMillis })
    else this.#arm()
  }

  /** In silence the kernel's counters tell whether the node hears anything: a router's answers, other hosts. */
  #lookAtWire(): void {
    const now = this.process.now()
    if (now - this.#heardMillis < 150 || now - this.#lookedMillis < 50) return
    this.#lookedMillis = now
    if (this.#cluster.hearsFrames(this.#host)) this.step({ type: 'frame' })
  }
}

/** To seal and to send one. */
const sendMillis = 0.02
/** Ethernet, IPv4, UDP. */
const overheadBytes = 14 + 20 + 8
