import { type Address, AddressError, addressBits, type Family, formatAddress, parseAddress } from './address.ts'
import { type Prefix, parsePrefix, prefixRange } from './prefix.ts'

/** Consecutive addresses of one family, both ends included. */
export interface AddressRange {
  readonly family: Family
  readonly first: bigint
  readonly last: bigint
}

/**
 * `192.0.2.0/24` or `192.0.2.1 - 192.0.2.9`, the blanks around the two addresses being optional.
 * A bare address, a descending pair and a pair of two families are refused with {@link AddressError}.
 */
export function parseRange(text: string): AddressRange {
  const dash = text.indexOf('-')
  if (dash < 0) return prefixRange(prefixIn(text))
  const first = parseAddress(text.slice(0, dash).trim())
  const last = parseAddress(text.slice(dash + 1).trim())
  if (first.family !== last.family) throw new AddressError('bad-range', text, 'mixes IPv4 and IPv6')
  if (first.value > last.value) throw new AddressError('bad-range', text, 'ends before it starts')
  return { family: first.family, first: first.value, last: last.value }
}

function prefixIn(text: string): Prefix {
  if (text.includes('/')) return parsePrefix(text)
  throw new AddressError('bad-range', text, 'is neither a prefix (192.0.2.0/24) nor a range (192.0.2.1-192.0.2.9)')
}

export function formatRange({ family, first, last }: AddressRange): string {
  return `${formatAddress({ family, value: first })}-${formatAddress({ family, value: last })}`
}

/** The one address as a range. */
export function rangeOf({ family, value }: Address): AddressRange {
  return { family, first: value, last: value }
}

export function rangeContains(range: AddressRange, { family, value }: Address): boolean {
  return family === range.family && value >= range.first && value <= range.last
}

export function rangeSize({ first, last }: AddressRange): bigint {
  return last - first + 1n
}

export function rangesOverlap(a: AddressRange, b: AddressRange): boolean {
  return a.family === b.family && a.first <= b.last && b.first <= a.last
}

/** The fewest prefixes that cover exactly the range, ascending. */
export function rangeToPrefixes({ family, first, last }: AddressRange): Prefix[] {
  const prefixes: Prefix[] = []
  let next = first
  while (next <= last) {
    const hostBits = largestBlockAt(next, last, addressBits[family])
    prefixes.push({ address: { family, value: next }, length: addressBits[family] - hostBits })
    next += 1n << BigInt(hostBits)
  }
  return prefixes
}

/** Host bits of the largest aligned block that starts at `start` and ends at `last` or before. */
function largestBlockAt(start: bigint, last: bigint, maximumBits: number): number {
  const available = last - start + 1n
  let bits = 0
  while (bits < maximumBits && isAligned(start, bits + 1) && 1n << BigInt(bits + 1) <= available) bits++
  return bits
}

function isAligned(value: bigint, bits: number): boolean {
  return BigInt.asUintN(bits, value) === 0n
}
