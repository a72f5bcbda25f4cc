import { type Address, addressFromBytes, addressToBytes } from '../../net/address.ts'
import { internetChecksum } from '../../net/checksum.ts'
import { Reader, Writer } from '../../net/cursor.ts'

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

export class Icmpv6Error extends Error {
  override readonly name = 'Icmpv6Error'
  readonly code: 'not-icmpv6' | 'bad-checksum'

  constructor(code: Icmpv6Error['code'], message: string) {
    super(message)
    this.code = code
  }
}

export const etherTypeIpv6 = 0x86dd
const versionIpv6 = 6
const nextHeaderIcmpv6 = 58
const checksumOffset = 2

/** Throws Icmpv6Error, or the cursor's BoundsError when the frame is cut short. */
export function decodeIcmpv6Frame(bytes: Uint8Array): Icmpv6Frame {
  const reader = new Reader(bytes)
  const destinationMac = reader.bytes(6)
  const sourceMac = reader.bytes(6)
  const isIpv6 = reader.u16() === etherTypeIpv6 && reader.u32() >>> 28 === versionIpv6
  const payloadBytes = reader.u16()
  if (!isIpv6 || reader.u8() !== nextHeaderIcmpv6) throw new Icmpv6Error('not-icmpv6', 'not ICMPv6 over Ethernet')
  const hopLimit = reader.u8()
  const source = addressFromBytes(reader.bytes(16))
  const destination = addressFromBytes(reader.bytes(16))
  const message = reader.bytes(payloadBytes) // what follows is padding
  if (checksum(source, destination, message) !== 0) throw new Icmpv6Error('bad-checksum', 'the checksum is wrong')
  return { destinationMac, sourceMac, hopLimit, source, destination, message }
}

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
  const start = writer.length
  writer.bytes(frame.message)
  writer.setU16(start + checksumOffset, 0)
  const sum = checksum(frame.source, frame.destination, writer.finish().subarray(start))
  writer.setU16(start + checksumOffset, sum)
  return writer.finish()
}

/** RFC 2464 s7: the Ethernet address of a group. */
export function multicastMac({ value }: Address): Uint8Array {
  return Uint8Array.of(0x33, 0x33, ...addressToBytes({ family: 6, value }).subarray(12))
}

/** RFC 8200 s8.1: over a pseudo-header and the message. 0 when the message carries the right one. */
function checksum(source: Address, destination: Address, message: Uint8Array): number {
  const writer = new Writer(40 + message.length)
  writer.bytes(addressToBytes(source))
  writer.bytes(addressToBytes(destination))
  writer.u32(message.length)
  writer.u32(nextHeaderIcmpv6)
  writer.bytes(message)
  return internetChecksum(writer.finish())
}
