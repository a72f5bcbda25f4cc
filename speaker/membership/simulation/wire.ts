import type { Claim } from '../../layer2/claim.ts'
import type { Message } from '../message.ts'
import type { Host } from './host.ts'
import type { Network } from './network.ts'
import type { Timeline } from './timeline.ts'
import type { Traffic } from './traffic.ts'
import type { Vip } from './vip.ts'

/** What the socket of a speaker gets. */
export type Packet =
  | { readonly type: 'message'; readonly from: Host; readonly message: Message }
  /** Not genuine: what an attacker has changed, or had recorded. */
  | { readonly type: 'datagram'; readonly from: Host; readonly datagram: Buffer; readonly isGenuine: boolean }
  /** ICMP: no speaker there. */
  | { readonly type: 'unreachable'; readonly from: Host }
  /** An ARP probe or a search for duplicates. */
  | { readonly type: 'asked'; readonly by: Host; readonly vip: Vip }
  | { readonly type: 'claim'; readonly claim: Claim }

interface Sending {
  readonly packet: Packet
  readonly bytes: number
  /** A broadcast is spread over a time. */
  readonly afterMillis: number
}

export const interfaceName = 'eth0'

/** Carries packets from node to node, and does what kernels do with them. */
export class Wire {
  /** Somebody who listens where packets arrive. */
  onDatagram: ((to: Host, packet: Packet) => void) | undefined
  readonly #timeline: Timeline
  readonly #network: Network
  readonly #traffic: Traffic

  constructor(timeline: Timeline, network: Network, traffic: Traffic) {
    this.#timeline = timeline
    this.#network = network
    this.#traffic = traffic
  }

  datagram(from: Host, to: Host, { packet, bytes, afterMillis }: Sending): void {
    const { nowMillis } = this.#timeline
    this.#traffic.sent(from.index, bytes, nowMillis)
    if (!this.#network.carriesDatagrams(from.index, to.index)) return
    const delay = this.#network.delay(from.index, to.index)
    if (delay === undefined) return
    const waits = from.kernel.hasLost(to.index) ? this.#find(from, to) : 0
    this.#timeline.at(nowMillis + afterMillis + waits + delay, () => this.deliver(from, to, packet))
  }

  /** Everybody who answers for it hears it. */
  ask(from: Host, vip: Vip): void {
    const packet: Packet = { type: 'asked', by: from, vip }
    for (const to of vip.candidates)
      if (to.speaker?.announcer.layer2.answersFor(vip) === true) this.frame(from, to, packet)
  }

  announce(from: Host, vip: Vip): void {
    const { mac } = from.link
    const claim: Claim = { address: vip.address, mac, sender: mac, interface: interfaceName, kind: 'announcement' }
    const packet: Packet = { type: 'claim', claim }
    for (const to of vip.candidates) if (to.speaker !== undefined) this.frame(from, to, packet)
  }

  /** To one speaker, or to all one after the other. */
  frame(from: Host, to: Host, packet: Packet): void {
    if (from === to || from.subnet !== to.subnet) return
    const delay = this.#network.delay(from.index, to.index)
    if (delay !== undefined) this.#timeline.after(delay, () => to.speaker?.process.arrive(packet))
  }

  /** Asks a node for its own addresses: its kernel answers, and the kernels know each other again. */
  solicit(from: Host, to: Host): void {
    if (from.subnet !== to.subnet) return
    const { mac, ipv4, ipv6 } = to.link
    for (const address of [ipv4, ipv6]) {
      const claim: Claim = { address, mac, sender: mac, interface: interfaceName, kind: 'reply' }
      this.#roundTrip(from, to, () => {
        from.kernel.find(to.index)
        to.kernel.find(from.index)
        from.speaker?.process.arrive({ type: 'claim', claim })
      })
    }
  }

  /** It has arrived at a node. */
  deliver(from: Host, to: Host, packet: Packet): void {
    const { nowMillis } = this.#timeline
    if (!to.isPowered) return
    if (to.speaker !== undefined) {
      this.#traffic.received(to.index, nowMillis)
      this.onDatagram?.(to, packet)
      to.speaker.process.arrive(packet)
    } else if (to.kernel.mayReportUnreachable(from.index, nowMillis)) {
      const delay = this.#network.delay(to.index, from.index)
      if (delay === undefined) return
      this.#timeline.after(delay, () => from.speaker?.process.arrive({ type: 'unreachable', from: to }))
    }
  }

  /** The kernel of the asked node answers, whatever its speaker does. */
  #roundTrip(from: Host, to: Host, done: () => void): void {
    const there = this.#network.delay(from.index, to.index)
    if (there === undefined) return
    this.#timeline.after(there, () => {
      const back = to.isPowered ? this.#network.delay(to.index, from.index) : undefined
      if (back !== undefined) this.#timeline.after(back, done)
    })
  }

  /** The kernel asks for a lost neighbour once a second; how long until then. */
  #find(from: Host, to: Host): number {
    const phase = (from.index * 137 + to.index * 71) % askMillis
    const waits = askMillis - ((this.#timeline.nowMillis + phase) % askMillis)
    this.#timeline.after(waits, () => this.#roundTrip(from, to, () => from.kernel.find(to.index)))
    return waits
  }
}

/** net.ipv4.neigh.default.retrans_time_ms */
const askMillis = 1000
