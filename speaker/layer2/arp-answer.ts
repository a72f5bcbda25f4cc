import { arpFrameBytes, arpOffset, arpOperation } from './arp.ts'
import { type Book, type Holding, macOf } from './book.ts'
import { copy, isAt, isBroadcast, macBytes } from './ethernet.ts'
import type { Station } from './station.ts'

/** Why a received frame is not answered. */
export type ArpSilence = 'unreadable' | 'not-a-request' | 'ethernet-destination' | 'not-announced' | 'wrong-interface'

/** A frame with all that is the same in every reply of a station. */
export function arpReplyBlank(station: Station): Uint8Array {
  const reply = new Uint8Array(arpFrameBytes)
  reply.set(station.mac, arpOffset.source)
  reply.set([0x08, 0x06, 0x00, 0x01, 0x08, 0x00, 6, 4, 0, arpOperation.reply], arpOffset.etherType)
  return reply
}

/**
 * Judges a frame and, when it asks for an address that we answer for, completes the reply: then that address is
 * returned. Makes no objects: it runs for every request of a flood.
 * @param frame holds `length` bytes of the frame, as the kernel's filter let them through
 * @param reply made by {@link arpReplyBlank}; may have been completed before
 */
export function answerArp(
  frame: Uint8Array,
  length: number,
  station: Station,
  book: Book,
  reply: Uint8Array,
): Holding | ArpSilence {
  // 1. A request, sent to everybody or to us.
  if (length < arpOffset.end) return 'unreadable'
  if (!isRequest(frame)) return 'not-a-request'
  if (!isBroadcast(frame) && !isAt(frame, arpOffset.destination, station.mac)) return 'ethernet-destination'

  // 2. For an address that we answer for, here. Probes and others' announcements are answered too.
  const holding = book.ipv4(frame, arpOffset.targetAddress)
  if (holding === undefined) return 'not-announced'
  const mac = macOf(holding, station)
  if (mac === undefined) return 'not-announced'
  if (!holding.allows(station.interfaceName)) return 'wrong-interface'

  // 3. To the sender that ARP names, which need not be the sender of the frame. Whoever stands in for another names
  // its MAC, and sends the frame from its own: switches learn from that where a MAC is.
  holding.counters.requestsReceived++
  copy(frame, arpOffset.senderMac, reply, arpOffset.targetMac, macBytes + 4)
  reply.copyWithin(arpOffset.destination, arpOffset.targetMac, arpOffset.targetAddress)
  reply.set(mac, arpOffset.senderMac)
  reply.set(holding.bytes, arpOffset.senderAddress)
  return holding
}

function isRequest(frame: Uint8Array): boolean {
  return frame[arpOffset.operation] === 0 && frame[arpOffset.operation + 1] === arpOperation.request
}
