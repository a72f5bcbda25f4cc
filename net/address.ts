import { isIP } from 'node:net'

/** An IPv4 or IPv6 address as a number; arithmetic and comparison need no text. */
export interface Address {
  readonly family: Family
  readonly value: bigint
}

export type Family = 4 | 6

export class AddressError extends Error {
  override readonly name = 'AddressError'
  readonly code: 'bad-address' | 'bad-prefix' | 'bad-range' | 'bad-mac'
  readonly text: string

  constructor(code: AddressError['code'], text: string, reason: string) {
    super(`${JSON.stringify(text)} ${reason}`)
    this.code = code
    this.text = text
  }
}

export const addressBits = { 4: 32, 6: 128 } as const satisfies Record<Family, number>

const bytesOfIpv6 = 16
const mappedIpv4Prefix = 0xffffn // ::ffff:0:0/96, RFC 4291 s2.5.5.2

/**
 * Accepts what Go's net.ParseIP accepts: no octal or short forms, no leading zeros, no zone.
 * As in Go, IPv4-mapped text (`::ffff:192.0.2.1`) is the IPv4 address.
 * Throws {@link AddressError}.
 */
export function parseAddress(text: string): Address {
  const family = text.includes('%') ? 0 : isIP(text)
  if (family === 4) return { family, value: BigInt(ipv4Number(text)) }
  if (family !== 6) throw new AddressError('bad-address', text, 'is not an IP address')
  const value = ipv6Value(text)
  if (value >> 32n === mappedIpv4Prefix) return { family: 4, value: value & 0xffffffffn }
  return { family, value }
}

function ipv4Number(text: string): number {
  let value = 0
  for (const octet of text.split('.')) value = value * 256 + Number(octet)
  return value
}

/** `text` is known to be valid. */
function ipv6Value(text: string): bigint {
  const [head = '', tail] = text.split('::')
  const left = groupsToHex(head)
  if (tail === undefined) return BigInt(`0x${left}`)
  return BigInt(`0x${left}${groupsToHex(tail).padStart(2 * bytesOfIpv6 - left.length, '0')}`)
}

function groupsToHex(groups: string): string {
  if (groups === '') return ''
  let hex = ''
  for (const group of groups.split(':')) {
    hex += group.includes('.') ? ipv4Number(group).toString(16).padStart(8, '0') : group.padStart(4, '0')
  }
  return hex
}

/** Dotted for IPv4, RFC 5952 for IPv6 (mapped addresses in mixed notation, s5). */
export function formatAddress({ family, value }: Address): string {
  if (family === 4) return formatIpv4(Number(value))
  if (value >> 32n === mappedIpv4Prefix) return `::ffff:${formatIpv4(Number(value & 0xffffffffn))}`
  return formatIpv6(value)
}

function formatIpv4(value: number): string {
  // In one piece: the string that a template makes goes on holding its parts, for each of thousands of addresses.
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255].join('.')
}

function formatIpv6(value: bigint): string {
  const words = ipv6Words(value)
  const { start, length } = longestZeroRun(words)
  const text = words.map((word) => word.toString(16))
  if (length < 2) return text.join(':') // RFC 5952 s4.2.2: one group alone is not shortened
  return `${text.slice(0, start).join(':')}::${text.slice(start + length).join(':')}`
}

/** The eight 16-bit groups. */
function ipv6Words(value: bigint): number[] {
  const words: number[] = []
  for (const shift of [96n, 64n, 32n, 0n]) {
    const pair = Number(BigInt.asUintN(32, value >> shift))
    words.push(pair >>> 16, pair & 0xffff)
  }
  return words
}

/** The first of the longest runs, RFC 5952 s4.2.3. */
function longestZeroRun(words: readonly number[]): { start: number; length: number } {
  const longest = { start: 0, length: 0 }
  let length = 0
  for (let index = 0; index < words.length; index++) {
    length = words[index] === 0 ? length + 1 : 0
    if (length <= longest.length) continue
    longest.start = index - length + 1
    longest.length = length
  }
  return longest
}

/** 4 or 16 bytes in network order. */
export function addressToBytes({ family, value }: Address): Uint8Array {
  const bytes = new Uint8Array(addressBits[family] / 8)
  const words = family === 4 ? [Number(value) >>> 16, Number(value) & 0xffff] : ipv6Words(value)
  // One by one: a DataView would take the few bytes out of V8's heap, for 100 more.
  for (const [index, word] of words.entries()) {
    bytes[2 * index] = word >>> 8
    bytes[2 * index + 1] = word
  }
  return bytes
}

/** 16 bytes stay IPv6, also when they hold a mapped IPv4 address. Throws RangeError for other lengths. */
export function addressFromBytes(bytes: Uint8Array): Address {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length === 4) return { family: 4, value: BigInt(view.getUint32(0)) }
  if (bytes.length === bytesOfIpv6) return { family: 6, value: (view.getBigUint64(0) << 64n) | view.getBigUint64(8) }
  throw new RangeError(`an address has 4 or 16 bytes, not ${bytes.length}`)
}

/** IPv4 before IPv6, then by number. */
export function compareAddresses(a: Address, b: Address): number {
  if (a.family !== b.family) return a.family - b.family
  if (a.value === b.value) return 0
  return a.value < b.value ? -1 : 1
}

export function sameAddress(a: Address, b: Address): boolean {
  return a.family === b.family && a.value === b.value
}
