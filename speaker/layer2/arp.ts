import { Reader, Writer } from '../../net/cursor.ts'

/**
 * ARP for IPv4 over Ethernet (RFC 826), with the Ethernet header in front as packet sockets see it:
 *
 *    0 destination   6 source   12 EtherType 0x0806
 *   14 hardware type 1   16 protocol type 0x0800   18 lengths 6, 4   20 operation
 *   22 sender MAC   28 sender address   32 target MAC   38 target address   42 padding to 60
 */
export interface ArpFrame {
  readonly destination: Uint8Array
  readonly source: Uint8Array
  readonly operation: number
  readonly senderMac: Uint8Array
  readonly senderAddress: number
  readonly targetMac: Uint8Array
  readonly targetAddress: number
}

export const arpOperation = { request: 1, reply: 2 } as const

/** Offsets for those who look into a frame without decoding it. */
export const arpOffset = {
  destination: 0,
  source: 6,
  etherType: 12,
  hardwareType: 14,
  operation: 20,
  senderMac: 22,
  senderAddress: 28,
  targetMac: 32,
  targetAddress: 38,
  end: 42,
} as const

/** The shortest Ethernet frame without its checksum. */
export const arpFrameBytes = 60

export const broadcastMac: Readonly<Uint8Array> = Uint8Array.of(255, 255, 255, 255, 255, 255)

const etherTypeArp = 0x0806
const hardwareEthernet = 1
const protocolIpv4 = 0x0800
const macBytes = 6
const addressBytes = 4

export class ArpError extends Error {
  override readonly name = 'ArpError'
  readonly code: 'not-arp' | 'not-ethernet-ipv4'

  constructor(code: ArpError['code'], message: string) {
    super(message)
    this.code = code
  }
}

/** Padding is ignored. Throws ArpError, or the cursor's BoundsError when the frame is cut short. */
export function decodeArpFrame(bytes: Uint8Array): ArpFrame {
  const reader = new Reader(bytes)
  const destination = reader.bytes(macBytes)
  const source = reader.bytes(macBytes)
  if (reader.u16() !== etherTypeArp) throw new ArpError('not-arp', 'the EtherType is not ARP')
  const kind = [reader.u16(), reader.u16(), reader.u8(), reader.u8()]
  const expected = [hardwareEthernet, protocolIpv4, macBytes, addressBytes]
  if (kind.some((value, i) => value !== expected[i])) {
    throw new ArpError('not-ethernet-ipv4', `ARP is not for IPv4 over Ethernet: ${kind.join(' ')}`)
  }
  return {
    destination,
    source,
    operation: reader.u16(),
    senderMac: reader.bytes(macBytes),
    senderAddress: reader.u32(),
    targetMac: reader.bytes(macBytes),
    targetAddress: reader.u32(),
  }
}

export function encodeArpFrame(frame: ArpFrame): Uint8Array {
  const writer = new Writer()
  writer.bytes(frame.destination)
  writer.bytes(frame.source)
  writer.u16(etherTypeArp)
  writer.u16(hardwareEthernet)
  writer.u16(protocolIpv4)
  writer.u8(macBytes)
  writer.u8(addressBytes)
  writer.u16(frame.operation)
  writer.bytes(frame.senderMac)
  writer.u32(frame.senderAddress)
  writer.bytes(frame.targetMac)
  writer.u32(frame.targetAddress)
  writer.zeros(arpFrameBytes - arpOffset.end)
  return writer.finish()
}

/** RFC 5227 s3: a request and a reply, both from the address to itself; hosts differ in which of them they heed. */
export function announcementFrames(mac: Uint8Array, address: number): Uint8Array[] {
  return [arpOperation.request, arpOperation.reply].map((operation) =>
    encodeArpFrame({
      destination: broadcastMac,
      source: mac,
      operation,
      senderMac: mac,
      senderAddress: address,
      targetMac: broadcastMac,
      targetAddress: address,
    }),
  )
}

/** RFC 5227 s2.1.1: a request from no address, so that nobody's cache learns anything. */
export function probeFrame(mac: Uint8Array, address: number): Uint8Array {
  return encodeArpFrame({
    ...{ destination: broadcastMac, source: mac, operation: arpOperation.request },
    ...{ senderMac: mac, senderAddress: 0, targetMac: new Uint8Array(macBytes), targetAddress: address },
  })
}
