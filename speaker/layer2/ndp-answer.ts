import { addressToBytes } from '../../net/address.ts'
import { type Book, type Holding, macOf } from './book.ts'
import { copy, ethernetOffset, isAt, isZero, macBytes } from './ethernet.ts'
import { icmpv6Offset, multicastMac, writeChecksum } from './icmpv6.ts'
import {
  allNodes,
  linkLayerAddressOffset,
  linkLayerOption,
  ndpFlag,
  ndpOffset,
  ndpType,
  neighbourHopLimit,
  neighbourMessageEnd,
} from './ndp.ts'
import type { NdpStation } from './ndp-frames.ts'

/** Why a received frame is not answered. */
export type NdpSilence =
  | 'unreadable'
  | 'not-a-solicitation'
  | 'hop-limit'
  | 'ethernet-destination'
  | 'not-announced'
  | 'wrong-interface'

const addressBytes = 16
const multicastPrefix = 0xff
const targetMacOffset = ndpOffset.options + 2
const allNodesBytes = addressToBytes(allNodes)
const allNodesMac = multicastMac(allNodes)

/**
 * Judges a frame and, when it asks for an address that we answer for, completes the reply: then that address is
 * returned. Makes no objects: it runs for every solicitation of a flood.
 * @param frame holds `length` bytes of the frame
 * @param reply a copy of an announcement, see ndp-frames.ts; may have been completed before
 */
export function answerNdp(
  frame: Uint8Array,
  length: number,
  station: NdpStation,
  book: Book,
  reply: Uint8Array,
): Holding | NdpSilence {
  // 1. A solicitation of a neighbour (RFC 4861 s7.1.1), sent to a group or to us.
  if (length < ndpOffset.target) return 'unreadable'
  if (frame[icmpv6Offset.type] !== ndpType.solicitation) return 'not-a-solicitation'
  const end = neighbourMessageEnd(frame, length)
  if (end === undefined) return 'unreadable'
  if (frame[icmpv6Offset.hopLimit] !== neighbourHopLimit) return 'hop-limit'
  const isSolicited = !isZero(frame, icmpv6Offset.source, addressBytes)
  if (!isSolicited && !isSearchForDuplicates(frame, end)) return 'unreadable'
  if (!isGroup(frame) && !isAt(frame, ethernetOffset.destination, station.mac)) return 'ethernet-destination'

  // 2. For an address that we answer for, here. Unlike MetalLB also when its sender names no MAC: it looks for
  // duplicates, or whether we are still there.
  const holding = book.ipv6(frame, ndpOffset.target)
  if (holding === undefined) return 'not-announced'
  const mac = macOf(holding, station)
  if (mac === undefined) return 'not-announced'
  if (!holding.allows(station.interfaceName)) return 'wrong-interface'

  // 3. RFC 4861 s7.2.4: to the sender, or to all nodes when it has no address yet. From our own MAC, as in ARP.
  holding.counters.requestsReceived++
  if (isSolicited) addressToSender(reply, frame, end)
  else addressToAll(reply)
  reply[ndpOffset.flags] = isSolicited ? ndpFlag.solicited : 0
  copy(frame, ndpOffset.target, reply, ndpOffset.target, addressBytes)
  copy(mac, 0, reply, targetMacOffset, macBytes)
  writeChecksum(reply)
  return holding
}

function addressToSender(reply: Uint8Array, frame: Uint8Array, end: number): void {
  const macOffset = linkLayerAddressOffset(frame, end, linkLayerOption.source) ?? ethernetOffset.source
  copy(frame, macOffset, reply, ethernetOffset.destination, macBytes)
  copy(frame, icmpv6Offset.source, reply, icmpv6Offset.destination, addressBytes)
}

function addressToAll(reply: Uint8Array): void {
  copy(allNodesMac, 0, reply, ethernetOffset.destination, macBytes)
  copy(allNodesBytes, 0, reply, icmpv6Offset.destination, addressBytes)
}

/** RFC 4861 s7.1.1: sent to a group, and its sender names no MAC. */
function isSearchForDuplicates(frame: Uint8Array, end: number): boolean {
  return (
    frame[icmpv6Offset.destination] === multicastPrefix &&
    linkLayerAddressOffset(frame, end, linkLayerOption.source) === undefined
  )
}

/** Of Ethernet. */
function isGroup(frame: Uint8Array): boolean {
  return (frame[ethernetOffset.destination]! & 1) === 1
}
