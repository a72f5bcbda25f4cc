/**
 * The parts that several messages have in common:
 *
 *     life      length (1)  name  incarnation (6)
 *     facts     configuration (4)  count (1)  links
 *     link      which (1): 1 IPv4, 2 IPv6  MAC (6)  [IPv4 (4)]  [IPv6 (16)]
 *     report    life  phase (1)  alive (1)  facts
 */
import { addressFromBytes, addressToBytes } from '../../net/address.ts'
import type { Reader, Writer } from '../../net/cursor.ts'
import { formatMac, parseMac } from '../../net/mac.ts'
import { isMemberName, type MemberLink, maxLinks, type Phase, phases } from './member.ts'
import type { Facts, Life, MemberReport } from './message.ts'
import { MessageError } from './message-error.ts'

const ipv4Flag = 1
const ipv6Flag = 2
const incarnationBytes = 6
/** Of the year 10889, or a lie. */
export const maxIncarnation = 2 ** (8 * incarnationBytes) - 1
const phaseNames = Object.fromEntries(Object.entries(phases).map(([name, code]) => [code, name])) as Record<
  number,
  Phase
>

export function writePhase(writer: Writer, phase: Phase): void {
  writer.u8(phases[phase])
}

export function readPhase(reader: Reader): Phase {
  const code = reader.u8()
  const phase = phaseNames[code]
  if (phase === undefined) throw new MessageError('malformed', `phase ${code} is unknown`)
  return phase
}

export function writeFlag(writer: Writer, flag: boolean): void {
  writer.u8(flag ? 1 : 0)
}

export function readFlag(reader: Reader): boolean {
  const code = reader.u8()
  if (code > 1) throw new MessageError('malformed', `${code} is neither yes nor no`)
  return code === 1
}

export function writeIncarnation(writer: Writer, incarnation: number): void {
  writer.u16(Math.floor(incarnation / 0x1_0000_0000))
  writer.u32(incarnation % 0x1_0000_0000)
}

export function readIncarnation(reader: Reader): number {
  return reader.u16() * 0x1_0000_0000 + reader.u32()
}

export function writeLife(writer: Writer, { name, incarnation }: Life): void {
  if (!isMemberName(name)) throw new RangeError(`${JSON.stringify(name)} is no name of a member`)
  writer.u8(name.length)
  writer.bytes(Buffer.from(name, 'latin1'))
  writeIncarnation(writer, incarnation)
}

export function readLife(reader: Reader): Life {
  const bytes = reader.bytes(reader.u8())
  const name = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
  if (!isMemberName(name)) throw new MessageError('malformed', `${JSON.stringify(name)} is no name of a member`)
  return { name, incarnation: readIncarnation(reader) }
}

export function sizeOfLife({ name }: Life): number {
  return 1 + name.length + incarnationBytes
}

export function writeFacts(writer: Writer, { configuration, links }: Facts): void {
  if (links.length > maxLinks) throw new RangeError(`${links.length} links, ${maxLinks} fit`)
  writer.u32(configuration)
  writer.u8(links.length)
  for (const link of links) writeLink(writer, link)
}

export function readFacts(reader: Reader): Facts {
  const configuration = reader.u32()
  const count = reader.u8()
  if (count > maxLinks) throw new MessageError('malformed', `${count} links, ${maxLinks} are allowed`)
  return { configuration, links: Array.from({ length: count }, () => readLink(reader)) }
}

export function writeReport(writer: Writer, report: MemberReport): void {
  writeLife(writer, report)
  writePhase(writer, report.phase)
  writeFlag(writer, report.isAlive)
  writeFacts(writer, report)
}

export function readReport(reader: Reader): MemberReport {
  return { ...readLife(reader), phase: readPhase(reader), isAlive: readFlag(reader), ...readFacts(reader) }
}

export function sizeOfReport(report: MemberReport): number {
  return sizeOfLife(report) + 1 + 1 + 4 + 1 + report.links.reduce((bytes, link) => bytes + sizeOfLink(link), 0)
}

function writeLink(writer: Writer, { mac, ipv4, ipv6 }: MemberLink): void {
  writer.u8((ipv4 === undefined ? 0 : ipv4Flag) | (ipv6 === undefined ? 0 : ipv6Flag))
  writer.bytes(parseMac(mac))
  for (const address of [ipv4, ipv6]) if (address !== undefined) writer.bytes(addressToBytes(address))
}

function readLink(reader: Reader): MemberLink {
  const which = reader.u8()
  if (which > (ipv4Flag | ipv6Flag)) throw new MessageError('malformed', `a link with flags ${which}`)
  const mac = formatMac(reader.bytes(6))
  return {
    mac,
    ...(which & ipv4Flag ? { ipv4: addressFromBytes(reader.bytes(4)) } : {}),
    ...(which & ipv6Flag ? { ipv6: addressFromBytes(reader.bytes(16)) } : {}),
  }
}

function sizeOfLink({ ipv4, ipv6 }: MemberLink): number {
  return 1 + 6 + (ipv4 === undefined ? 0 : 4) + (ipv6 === undefined ? 0 : 16)
}
