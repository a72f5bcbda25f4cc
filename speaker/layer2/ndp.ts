import { type Address, addressFromBytes, addressToBytes } from '../../net/address.ts'
import { Reader, Writer } from '../../net/cursor.ts'

/** Neighbor Discovery messages (RFC 4861 section 4.3 and 4.4), as ICMPv6 messages; icmpv6.ts has the headers. */
const icmpType = { neighborSolicitation: 135, neighborAdvertisement: 136 } as const

export interface NeighborSolicitation {
  readonly target: Address
  /** Of the option; those who probe for duplicates send none. */
  readonly sourceMac: Uint8Array | undefined
}

export interface NeighborAdvertisement {
  readonly target: Address
  readonly targetMac: Uint8Array
  /** An answer, and not an announcement. */
  readonly solicited: boolean
  /** What the receiver has cached is replaced. */
  readonly override: boolean
}

export class NdpError extends Error {
  override readonly name = 'NdpError'
  readonly code: 'not-a-solicitation' | 'bad-code' | 'bad-target' | 'bad-option'

  constructor(code: NdpError['code'], message: string) {
    super(message)
    this.code = code
  }
}

const addressBytes = 16
const optionUnitBytes = 8
const option = { sourceLinkLayerAddress: 1, targetLinkLayerAddress: 2 } as const
const flag = { solicited: 0x4000_0000, override: 0x2000_0000 } as const
const multicastPrefix = 0xff
const linkLocalGroups = 0xff02n << 112n
const solicitedNodePrefix = linkLocalGroups | 0x1_ff00_0000n

/** ff02::1 */
export const allNodes: Address = { family: 6, value: linkLocalGroups | 1n }

/** RFC 4861 s7.1: the highest, so that no router can have forwarded a message. */
export const neighbourHopLimit = 255

/** RFC 4861 s7.1.1, but for the hop limit, which is not in the message. Throws NdpError, or the cursor's BoundsError. */
export function decodeNeighborSolicitation(bytes: Uint8Array): NeighborSolicitation {
  const reader = new Reader(bytes)
  if (reader.u8() !== icmpType.neighborSolicitation) throw new NdpError('not-a-solicitation', 'not a solicitation')
  if (reader.u8() !== 0) throw new NdpError('bad-code', 'the code is not 0')
  reader.skip(6) // checksum and reserved bits
  const target = addressFromBytes(reader.bytes(addressBytes))
  if (target.value >> 120n === BigInt(multicastPrefix)) throw new NdpError('bad-target', 'the target is a group')
  return { target, sourceMac: readSourceMac(reader) }
}

function readSourceMac(reader: Reader): Uint8Array | undefined {
  let mac: Uint8Array | undefined
  while (reader.remaining > 0) {
    const type = reader.u8()
    const bytes = reader.u8() * optionUnitBytes
    if (bytes === 0) throw new NdpError('bad-option', 'an option has no length')
    const body = reader.sub(bytes - 2)
    if (type === option.sourceLinkLayerAddress) mac = body.bytes(6)
  }
  return mac
}

/** RFC 4862 s5.4.2, to look for duplicates: without the option that would name us. Without the checksum. */
export function encodeDuplicateSolicitation(target: Address): Uint8Array {
  const writer = new Writer()
  writer.u8(icmpType.neighborSolicitation)
  writer.u8(0)
  writer.u16(0)
  writer.u32(0)
  writer.bytes(addressToBytes(target))
  return writer.finish()
}

/** Without the checksum. */
export function encodeNeighborAdvertisement(advertisement: NeighborAdvertisement): Uint8Array {
  const { target, targetMac, solicited, override } = advertisement
  const writer = new Writer()
  writer.u8(icmpType.neighborAdvertisement)
  writer.u8(0)
  writer.u16(0)
  writer.u32((solicited ? flag.solicited : 0) + (override ? flag.override : 0))
  writer.bytes(addressToBytes(target))
  writer.u8(option.targetLinkLayerAddress)
  writer.u8(1)
  writer.bytes(targetMac)
  return writer.finish()
}

/** RFC 4291 s2.7.1: the group to which solicitations for an address are sent. */
export function solicitedNodeGroup(address: Address): Address {
  return { family: 6, value: solicitedNodePrefix | (address.value & 0xff_ffffn) }
}
