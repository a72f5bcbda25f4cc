import { type Address, addressToBytes } from '../../net/address.ts'
import { internetChecksum } from '../../net/checksum.ts'
import { Writer } from '../../net/cursor.ts'

/**
 * An ICMPv6 message (RFC 4443) in IPv6 over Ethernet (RFC 2464), as packet sockets see it:
 *
 *    0 destination   6 source   12 EtherType 0x86dd
 *   14 version, class, flow   18 payload length   20 next header 58   21 hop limit
 *   22 source address   38 destination address   54 message: type, code, checksum, ...
 */
export interface Icmpv6Frame {
  readonly destinationMac: Uint8Array
  readonly sourceMac: Uint8Array
  readonly hopLimit: number
  readonly source: Address
  readonly destination: Address
  readonly message: Uint8Array
}

/** Offsets for those who look into a frame without decoding it. */
export const icmpv6Offset = {
  version: 14,
  payloadLength: 18,
  nextHeader: 20,
  hopLimit: 21,
  source: 22,
  destination: 38,
  type: 54,
  code: 55,
  checksum: 56,
} as const

export const etherTypeIpv6 = 0x86dd
const versionIpv6 = 6
const nextHeaderIcmpv6 = 58

/** Fills the checksum in. */
export function encodeIcmpv6Frame(frame: Icmpv6Frame): Uint8Array {
  const writer = new Writer(128)
  writer.bytes(frame.destinationMac)
  writer.bytes(frame.sourceMac)
  writer.u16(etherTypeIpv6)
  writer.u32(versionIpv6 * 2 ** 28)
  writer.u16(frame.message.length)
  writer.u8(nextHeaderIcmpv6)
  writer.u8(frame.hopLimit)
  writer.bytes(addressToBytes(frame.source))
  writer.bytes(addressToBytes(frame.destination))
  writer.bytes(frame.message)
  const bytes = writer.finish()
  writeChecksum(bytes)
  return bytes
}

/** RFC 2464 s7: the Ethernet address of a group. */
export function multicastMac({ value }: Address): Uint8Array {
  return Uint8Array.of(0x33, 0x33, ...addressToBytes({ family: 6, value }).subarray(12))
}

/** Where the message ends, what follows being padding; undefined when this is no whole ICMPv6 message with a right checksum. */
export function messageEnd(frame: Uint8Array, length: number): number | undefined {
  if (length < icmpv6Offset.type) return undefined
  if (frame[icmpv6Offset.version]! >> 4 !== versionIpv6) return undefined
  if (frame[icmpv6Offset.nextHeader] !== nextHeaderIcmpv6) return undefined
  const end = icmpv6Offset.type + ((frame[icmpv6Offset.payloadLength]! << 8) | frame[icmpv6Offset.payloadLength + 1]!)
  return end <= length && checksum(frame, end) === 0 ? end : undefined
}

/** Of a frame that ends with its message. */
export function writeChecksum(frame: Uint8Array): void {
  frame[icmpv6Offset.checksum] = 0
  frame[icmpv6Offset.checksum + 1] = 0
  const sum = checksum(frame, frame.length)
  frame[icmpv6Offset.checksum] = sum >> 8
  frame[icmpv6Offset.checksum + 1] = sum & 0xff
}

/** RFC 8200 s8.1: over a pseudo-header (the addresses, which lie in front of the message, its length and type) and the message. */
function checksum(frame: Uint8Array, end: number): number {
  return internetChecksum(frame, end - icmpv6Offset.type + nextHeaderIcmpv6, icmpv6Offset.source, end)
}
