import type { Address } from '../../net/address.ts'
import type { Action } from './action.ts'
import type { Clock } from './clock.ts'
import { type Constants, deriveConstants } from './constants.ts'
import type { MembershipEvent } from './event.ts'
import type { MemberLink, Phase } from './member.ts'
import { Membership } from './membership.ts'
import type { Message } from './message.ts'
import { decodeMessage, encodeMessage } from './message-codec.ts'
import { MessageError } from './message-error.ts'
import { PacedSends } from './paced-sends.ts'
import { type Peer, Peers } from './peers.ts'
import type { Secrets } from './secrets.ts'
import { type Refusal, Sessions } from './sessions.ts'
import { endpoint, Transport, type TransportCounters } from './transport.ts'
import { Wakeup } from './wakeup.ts'
import { type FrameCounts, readFrameCounts } from './wire.ts'
import { WireWatch } from './wire-watch.ts'

export interface MemberListOptions {
  /** This node's. */
  readonly name: string
  readonly bind: Address
  readonly port: number
  readonly secrets: Secrets
  readonly constants?: Partial<Constants>
  readonly clock: Clock
  /** The calendar: only to be newer than before a restart. */
  readonly wallMillis: number
  /** Those whose frames count as signs of the network. */
  readonly interfaces: () => readonly string[]
  /** Default: the kernel's counters. */
  readonly frameCounts?: () => FrameCounts
  /** Default: Math.random. */
  readonly random?: () => number
  /** What the owner of the list has to do; sending is done already. */
  readonly onAction: (action: Exclude<Action, { type: 'send' }>) => void
  /**
   * Nothing is heard: ask somebody who is always there, such as the default gateways, and these nodes. The speakers there
   * may be dead, and their kernels not.
   */
  readonly onSilence: (nodes: readonly Address[]) => void
  /** A datagram was refused. */
  readonly onRefused: (reason: Refusal, from: Address) => void
}

export interface MemberListCounters extends TransportCounters {
  readonly refused: ReadonlyMap<Refusal, number>
}

/** Of those that are asked when nothing is heard. */
const nodesAtATime = 3
/** From the first LEAVE to the last, with time to spare. */
const leaveMillis = 500

/** The membership of this node, running: its socket, its timers, and the seal on what it says. */
export class MemberList {
  readonly membership: Membership
  readonly #options: MemberListOptions
  readonly #constants: Constants
  readonly #peers: Peers
  readonly #sessions: Sessions
  readonly #transport: Transport
  readonly #sends = new PacedSends()
  readonly #refused = new Map<Refusal, number>()
  readonly #events: MembershipEvent[] = []
  #isStepping = false
  readonly #wake: Wakeup
  readonly #sending: Wakeup
  readonly #wire: WireWatch
  #unlisting: unknown
  #onLeft: (() => void) | undefined

  /** Throws when the port is not to be had. */
  constructor(options: MemberListOptions) {
    const { name, bind, port, secrets, constants, clock, wallMillis, random = Math.random } = options
    const { interfaces, frameCounts = readFrameCounts, onSilence } = options
    this.#options = options
    this.#constants = deriveConstants(constants)
    this.#peers = new Peers(name)
    this.#sessions = new Sessions({ name, secrets })
    this.#wake = new Wakeup(clock, () => this.#onWake())
    this.#sending = new Wakeup(clock, () => this.#onSending())
    this.#wire = new WireWatch({
      ...{ clock, frameCounts, interfaces },
      hasOthers: () => !this.membership.members()[Symbol.iterator]().next().done,
      onFrame: () => this.#step({ type: 'frame' }),
      onSilence: () => onSilence(this.#peers.some(nodesAtATime)),
    })
    this.membership = new Membership({ name, incarnation: wallMillis, constants: this.#constants, random })
    this.#transport = new Transport({
      ...{ bind, port },
      onDatagram: (datagram, from, reply) => this.#open(datagram, from, reply),
      onUnreachable: (address) => this.#onUnreachable(address),
    })
  }

  /** Whom the API names, the own speaker among them or not. */
  list(peers: readonly Peer[]): void {
    this.#peers.list(peers, this.#options.clock.now())
    this.#tellListed()
  }

  start(): void {
    this.#step({ type: 'start' })
    this.#wire.start()
  }

  say(own: { phase?: Phase; links?: readonly MemberLink[]; configuration?: number }): void {
    this.#step({ type: 'own', ...own })
  }

  /** Whether the packet sockets work. */
  hearing(can: boolean): void {
    this.#step({ type: 'hearing', can })
  }

  /** Resolves when everybody was told. */
  leave(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const { clock } = this.#options
    const timer = clock.setTimeout(resolve, leaveMillis)
    this.#onLeft = resolve
    this.#step({ type: 'leave' })
    return promise.finally(() => clock.clearTimeout(timer))
  }

  /** Where datagrams to it go. */
  addressOf(name: string): Address | undefined {
    return this.#peers.addressOf(name)
  }

  counters(): MemberListCounters {
    return { ...this.#transport.counters(), refused: this.#refused }
  }

  close(): void {
    this.#options.clock.clearTimeout(this.#unlisting)
    for (const part of [this.#wake, this.#sending, this.#wire, this.#transport]) part.close()
  }

  /** In the order in which they come: what an action brings about waits until the actions before it are done. */
  #step(event: MembershipEvent): void {
    this.#events.push(event)
    if (this.#isStepping) return
    this.#isStepping = true
    try {
      for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
        for (const action of this.membership.step(next, this.#options.clock.now())) {
          if (action.type === 'send') this.#send(action)
          else this.#options.onAction(action)
        }
      }
    } finally {
      this.#isStepping = false
    }
    this.#flush()
    this.#schedule()
  }

  #send({ message, to, overMillis }: Extract<Action, { type: 'send' }>): void {
    this.#sends.add({ plaintext: encodeMessage(message), to, overMillis }, this.#options.clock.now())
  }

  /** Sealed when they go: the counter is in the order of sending, and the peer may have a newer secret. */
  #flush(): void {
    const nowMillis = this.#options.clock.now()
    const sends = this.#sends.take(nowMillis).flatMap(({ to, plaintext }) => {
      const address = this.#peers.addressOf(to)
      if (address?.family !== this.#options.bind.family) return []
      return [{ data: this.#sessions.seal(to, plaintext, nowMillis), to: endpoint(address, this.#options.port) }]
    })
    if (sends.length > 0) this.#transport.send(sends)
  }

  #open(datagram: Buffer, from: Address, reply: (datagram: Buffer) => void): void {
    const isExpected = (): boolean => this.#peers.nameOf(from) !== undefined
    const received = this.#sessions.open(datagram, this.#options.clock.now(), isExpected)
    if (received.type === 'reply') reply(received.datagram)
    if (received.type === 'refused') this.#refuse(received.reason, from)
    if (received.type === 'message') this.#receive(received.from, received.plaintext, from)
  }

  #receive(name: string, plaintext: Uint8Array, from: Address): void {
    this.#wire.heard()
    this.#peers.heard(name, from)
    const message = decode(plaintext)
    if (typeof message === 'string') this.#refuse(message, from)
    else this.#step({ type: 'received', from: name, message })
  }

  #refuse(reason: Refusal, from: Address): void {
    this.#refused.set(reason, (this.#refused.get(reason) ?? 0) + 1)
    this.#options.onRefused(reason, from)
  }

  #onUnreachable(address: Address): void {
    const name = this.#peers.nameOf(address)
    if (name !== undefined) this.#step({ type: 'unreachable', name })
  }

  #tellListed(): void {
    const { clock } = this.#options
    const nowMillis = clock.now()
    this.#step({ type: 'listed', names: this.#peers.names(nowMillis) })
    clock.clearTimeout(this.#unlisting)
    const { dueMillis } = this.#peers
    if (dueMillis === Number.POSITIVE_INFINITY) return
    this.#unlisting = clock.setTimeout(() => this.#tellListed(), Math.max(1, dueMillis - nowMillis))
  }

  #schedule(): void {
    this.#wake.by(this.membership.dueMillis)
    this.#sending.by(this.#sends.dueMillis)
    const hasLeft = this.membership.dueMillis === Number.POSITIVE_INFINITY
    if (hasLeft && this.#sends.dueMillis === Number.POSITIVE_INFINITY) this.#onLeft?.()
  }

  #onWake(): void {
    const lateMillis = this.#options.clock.now() - this.membership.dueMillis
    if (lateMillis >= 0) this.#wakeUp(lateMillis)
    else this.#schedule()
  }

  #wakeUp(lateMillis: number): void {
    // After a stall timers come first, and what was sent to us meanwhile still lies in the socket.
    if (lateMillis > this.#constants.lateMillis) this.#transport.receive()
    this.#step({ type: 'wake', lateMillis })
  }

  #onSending(): void {
    this.#flush()
    this.#schedule()
  }
}

/** A member of a later version may know messages that we do not. */
function decode(plaintext: Uint8Array): Message | Refusal {
  try {
    return decodeMessage(plaintext)
  } catch (error) {
    if (!(error instanceof MessageError)) throw error
    return error.code === 'malformed' ? 'malformed' : 'unknown'
  }
}
