import { type Address, addressToBytes } from '../../net/address.ts'
import { Writer } from '../../net/cursor.ts'
import { icmpv6Offset, messageEnd } from './icmpv6.ts'

/**
 * Neighbor Discovery messages (RFC 4861 sections 4.3 and 4.4), in the frame that icmpv6.ts draws:
 *
 *   54 type, code, checksum   58 flags   62 target   78 options: type, length in units of 8, ...
 */
export const ndpOffset = { flags: 58, target: 62, options: 78 } as const

export const ndpType = { solicitation: 135, advertisement: 136 } as const
/** The first byte of them. */
export const ndpFlag = { solicited: 0x40, override: 0x20 } as const
export const linkLayerOption = { source: 1, target: 2 } as const

const optionUnitBytes = 8
const multicastPrefix = 0xff
const linkLocalGroups = 0xff02n << 112n
const solicitedNodePrefix = linkLocalGroups | 0x1_ff00_0000n

/** ff02::1 */
export const allNodes: Address = { family: 6, value: linkLocalGroups | 1n }

/** RFC 4861 s7.1: the highest, so that no router can have forwarded a message. */
export const neighbourHopLimit = 255

export interface NeighborAdvertisement {
  readonly target: Address
  readonly targetMac: Uint8Array
  /** An answer, and not an announcement. */
  readonly solicited: boolean
  /** What the receiver has cached is replaced. */
  readonly override: boolean
}

/**
 * Where the message ends; undefined when it is none of these two, or one that must not be heeded (RFC 4861 s7.1.1,
 * s7.1.2). Makes no objects: it runs for every solicitation of a flood.
 */
export function neighbourMessageEnd(frame: Uint8Array, length: number): number | undefined {
  const end = messageEnd(frame, length)
  if (end === undefined || end < ndpOffset.options) return undefined
  const type = frame[icmpv6Offset.type]
  if (type !== ndpType.solicitation && type !== ndpType.advertisement) return undefined
  if (frame[icmpv6Offset.code] !== 0 || frame[ndpOffset.target] === multicastPrefix) return undefined
  return areOptionsWhole(frame, end) ? end : undefined
}

function areOptionsWhole(frame: Uint8Array, end: number): boolean {
  let at: number = ndpOffset.options
  while (at + 1 < end && frame[at + 1] !== 0) at += frame[at + 1]! * optionUnitBytes
  return at === end
}

/** Where the MAC of an option is, the first of its type; undefined when there is none. Of a message known to be whole. */
export function linkLayerAddressOffset(frame: Uint8Array, end: number, option: number): number | undefined {
  for (let at: number = ndpOffset.options; at < end; at += frame[at + 1]! * optionUnitBytes) {
    if (frame[at] === option) return at + 2
  }
  return undefined
}

/** RFC 4861 s4.3. Without the checksum. Who searches for duplicates (RFC 4862 s5.4.2) does not name himself. */
export function encodeNeighborSolicitation(target: Address, sourceMac?: Uint8Array): Uint8Array {
  const writer = new Writer()
  writer.u8(ndpType.solicitation)
  writer.zeros(7)
  writer.bytes(addressToBytes(target))
  if (sourceMac !== undefined) writeOption(writer, linkLayerOption.source, sourceMac)
  return writer.finish()
}

/** Without the checksum. */
export function encodeNeighborAdvertisement(advertisement: NeighborAdvertisement): Uint8Array {
  const { target, targetMac, solicited, override } = advertisement
  const writer = new Writer()
  writer.u8(ndpType.advertisement)
  writer.zeros(3)
  writer.u8((solicited ? ndpFlag.solicited : 0) | (override ? ndpFlag.override : 0))
  writer.zeros(3)
  writer.bytes(addressToBytes(target))
  writeOption(writer, linkLayerOption.target, targetMac)
  return writer.finish()
}

function writeOption(writer: Writer, type: number, mac: Uint8Array): void {
  writer.u8(type)
  writer.u8(1)
  writer.bytes(mac)
}

/** RFC 4291 s2.7.1: the group to which solicitations for an address are sent. */
export function solicitedNodeGroup(address: Address): Address {
  return { family: 6, value: solicitedNodePrefix | (address.value & 0xff_ffffn) }
}
