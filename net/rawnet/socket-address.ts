/** Socket addresses as the kernel wants them: fields in the machine's order (little-endian), ports and addresses in network order. */
import { Reader, Writer } from '../cursor.ts'
import { AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_UNIX } from './constants.ts'

/** struct sockaddr_ll, packet(7). `protocol` is an EtherType. */
export function packetAddress(fields: {
  protocol: number
  interfaceIndex: number
  /** Only to send to. */
  hardwareAddress?: Uint8Array
}): Uint8Array {
  const hardwareAddress = fields.hardwareAddress ?? new Uint8Array(0)
  const writer = new Writer(20)
  writer.u16le(AF_PACKET)
  writer.u16(fields.protocol)
  writer.u32le(fields.interfaceIndex)
  writer.zeros(3) // sll_hatype and sll_pkttype: only on receipt
  writer.u8(hardwareAddress.length)
  writer.bytes(hardwareAddress)
  writer.zeros(Math.max(0, 8 - hardwareAddress.length))
  return writer.finish()
}

/** struct sockaddr_in, ip(7). */
export function inet4Address(fields: { address: Uint8Array; port: number }): Uint8Array {
  const writer = new Writer(16)
  writer.u16le(AF_INET)
  writer.u16(fields.port)
  writer.bytes(exactly(4, fields.address))
  writer.zeros(8)
  return writer.finish()
}

/** struct sockaddr_in6, ipv6(7). A link-local address needs `scopeId`, the interface's index. */
export function inet6Address(fields: { address: Uint8Array; port: number; scopeId?: number }): Uint8Array {
  const writer = new Writer(28)
  writer.u16le(AF_INET6)
  writer.u16(fields.port)
  writer.u32(0) // flow label
  writer.bytes(exactly(16, fields.address))
  writer.u32le(fields.scopeId ?? 0)
  return writer.finish()
}

/** Of a socket address that the kernel gave: what it holds of ip(7) or ipv6(7). Undefined for another family. */
export function decodeInetAddress(bytes: Uint8Array): { address: Uint8Array; port: number } | undefined {
  const reader = new Reader(bytes)
  const family = reader.remaining < 2 ? undefined : reader.u16le()
  if (family !== AF_INET && family !== AF_INET6) return undefined
  const port = reader.u16()
  if (family === AF_INET6) reader.skip(4) // flow label
  return { address: reader.bytes(family === AF_INET ? 4 : 16), port }
}

/** struct sockaddr_nl, netlink(7). `groups` is a bit mask; a port of 0 lets the kernel choose, or is the kernel. */
export function netlinkAddress(fields: { portId: number; groups: number }): Uint8Array {
  const writer = new Writer(12)
  writer.u16le(AF_NETLINK)
  writer.zeros(2)
  writer.u32le(fields.portId)
  writer.u32le(fields.groups)
  return writer.finish()
}

/** struct sockaddr_un, unix(7), in the abstract name space: it needs no file. */
export function abstractUnixAddress(name: string): Uint8Array {
  const writer = new Writer()
  writer.u16le(AF_UNIX)
  writer.u8(0)
  writer.bytes(Buffer.from(name))
  return writer.finish()
}

function exactly(length: number, bytes: Uint8Array): Uint8Array {
  if (bytes.length !== length) throw new RangeError(`an address has ${length} bytes here, not ${bytes.length}`)
  return bytes
}
