import { arpFrameBytes, arpOffset, arpOperation } from './arp.ts'
import { type Book, ipv4Key } from './book.ts'

/** What became of a received frame. */
export type ArpVerdict =
  | 'answer'
  | 'unreadable'
  | 'not-a-request'
  | 'ethernet-destination'
  | 'not-announced'
  | 'wrong-interface'

/** The side of a link that we are on. */
export interface Station {
  readonly interfaceName: string
  readonly mac: Uint8Array
}

/** A frame with all that is the same in every reply of a station. */
export function replyTemplate(station: Station): Uint8Array {
  const reply = new Uint8Array(arpFrameBytes)
  reply.set(station.mac, arpOffset.source)
  reply.set([0x08, 0x06, 0x00, 0x01, 0x08, 0x00, 6, 4, 0, arpOperation.reply], arpOffset.etherType)
  reply.set(station.mac, arpOffset.senderMac)
  return reply
}

/**
 * Judges a frame and, when it asks for an address of ours, completes the reply. Allocates nothing: it runs for every
 * request of a flood.
 * @param frame holds `length` bytes of the frame, as the kernel's filter let them through
 * @param reply made by {@link replyTemplate}; may have been completed before
 */
export function answerArp(
  frame: Uint8Array,
  length: number,
  station: Station,
  book: Book,
  reply: Uint8Array,
): ArpVerdict {
  // 1. A request, sent to everybody or to us.
  if (length < arpOffset.end) return 'unreadable'
  if (frame[arpOffset.operation] !== 0 || frame[arpOffset.operation + 1] !== arpOperation.request)
    return 'not-a-request'
  if (!isBroadcast(frame) && !isFor(frame, station.mac)) return 'ethernet-destination'

  // 2. For an address that we answer for, here. Probes and others' announcements are answered too.
  const holding = book.ipv4(ipv4Key(frame, arpOffset.targetAddress))
  if (holding === undefined) return 'not-announced'
  if (!holding.allows(station.interfaceName)) return 'wrong-interface'

  // 3. To the sender that ARP names, which need not be the sender of the frame.
  holding.counters.requestsReceived++
  copy(frame, arpOffset.senderMac, reply, arpOffset.destination, 6)
  copy(frame, arpOffset.targetAddress, reply, arpOffset.senderAddress, 4)
  copy(frame, arpOffset.senderMac, reply, arpOffset.targetMac, 10)
  return 'answer'
}

function isBroadcast(frame: Uint8Array): boolean {
  for (let i = 0; i < 6; i++) if (frame[i] !== 0xff) return false
  return true
}

function isFor(frame: Uint8Array, mac: Uint8Array): boolean {
  for (let i = 0; i < 6; i++) if (frame[i] !== mac[i]) return false
  return true
}

/** For so few bytes a loop is faster than subarray and set, which make an object. */
function copy(from: Uint8Array, fromOffset: number, to: Uint8Array, toOffset: number, count: number): void {
  for (let i = 0; i < count; i++) to[toOffset + i] = from[fromOffset + i]!
}
