import type { Address } from '../../net/address.ts'
import { BoundsError } from '../../net/cursor.ts'
import type { Station } from './arp-answer.ts'
import type { Book, Holding } from './book.ts'
import { decodeIcmpv6Frame, Icmpv6Error, type Icmpv6Frame, multicastMac } from './icmpv6.ts'
import {
  allNodes,
  decodeNeighborSolicitation,
  encodeNeighborAdvertisement,
  NdpError,
  type NeighborSolicitation,
  neighbourHopLimit,
} from './ndp.ts'

export interface NdpStation extends Station {
  /** The source of what we send. */
  readonly linkLocal: Address
}

/** What became of a received frame. */
export type NdpVerdict =
  | { readonly kind: 'answer'; readonly reply: Icmpv6Frame; readonly holding: Holding }
  | { readonly kind: 'unreadable' | 'not-a-solicitation' | 'hop-limit' | 'ethernet-destination' }
  | { readonly kind: 'not-announced' | 'wrong-interface' }

/** Judges a frame and, when it asks for an address of ours, makes the reply. */
export function answerNdp(bytes: Uint8Array, station: NdpStation, book: Book): NdpVerdict {
  // 1. A solicitation of a neighbour (RFC 4861 s7.1.1), sent to a group or to us.
  const asked = readFrame(bytes)
  if ('kind' in asked) return asked
  const { frame, solicitation } = asked
  if (frame.hopLimit !== neighbourHopLimit) return { kind: 'hop-limit' }
  if (!isForUs(frame.destinationMac, station.mac)) return { kind: 'ethernet-destination' }

  // 2. For an address that we answer for, here. Unlike MetalLB also when its sender names no MAC: it looks for
  // duplicates, or whether we are still there.
  const holding = book.find(solicitation.target)
  if (holding === undefined) return { kind: 'not-announced' }
  if (!holding.allows(station.interfaceName)) return { kind: 'wrong-interface' }

  // 3. RFC 4861 s7.2.4: to the sender, or to all nodes when it has no address yet.
  holding.counters.requestsReceived++
  return { kind: 'answer', reply: replyTo(frame, solicitation, station), holding }
}

/** RFC 4861 s7.2.6: unasked, to everybody, who replaces what was cached. */
export function advertisementFrame(target: Address, station: NdpStation): Icmpv6Frame {
  return frameFrom(station, allNodes, multicastMac(allNodes), {
    ...{ target, targetMac: station.mac, solicited: false, override: true },
  })
}

function replyTo(
  { source, sourceMac }: Icmpv6Frame,
  solicitation: NeighborSolicitation,
  station: NdpStation,
): Icmpv6Frame {
  const solicited = source.value !== 0n
  const destination = solicited ? source : allNodes
  const destinationMac = solicited ? (solicitation.sourceMac ?? sourceMac) : multicastMac(allNodes)
  const advertisement = { target: solicitation.target, targetMac: station.mac, solicited, override: false }
  return frameFrom(station, destination, destinationMac, advertisement)
}

function frameFrom(
  { mac, linkLocal }: NdpStation,
  destination: Address,
  destinationMac: Uint8Array,
  advertisement: Parameters<typeof encodeNeighborAdvertisement>[0],
): Icmpv6Frame {
  const message = encodeNeighborAdvertisement(advertisement)
  return { destinationMac, sourceMac: mac, hopLimit: neighbourHopLimit, source: linkLocal, destination, message }
}

interface Asked {
  readonly frame: Icmpv6Frame
  readonly solicitation: NeighborSolicitation
}

function readFrame(bytes: Uint8Array): Asked | { kind: 'not-a-solicitation' | 'unreadable' } {
  try {
    const frame = decodeIcmpv6Frame(bytes)
    return { frame, solicitation: decodeNeighborSolicitation(frame.message) }
  } catch (error) {
    if (error instanceof NdpError && error.code === 'not-a-solicitation') return { kind: error.code }
    if (error instanceof NdpError || error instanceof Icmpv6Error || error instanceof BoundsError) {
      return { kind: 'unreadable' }
    }
    throw error
  }
}

function isForUs(destination: Uint8Array, mac: Uint8Array): boolean {
  const isGroup = (destination[0]! & 1) === 1
  return isGroup || Buffer.compare(destination, mac) === 0
}
