import { type Address, AddressError, addressBits, formatAddress, parseAddress } from './address.ts'
import type { AddressRange } from './range.ts'

/** A CIDR block; the host bits of `address` are zero. */
export interface Prefix {
  readonly address: Address
  readonly length: number
}

const mappedIpv4Bits = 96 // ::ffff:0:0/96

/** Accepts what Go's net.ParseCIDR accepts; host bits are cleared, as there. Throws {@link AddressError}. */
export function parsePrefix(text: string): Prefix {
  const slash = text.indexOf('/')
  const lengthText = text.slice(slash + 1)
  if (slash < 0 || !/^\d{1,3}$/.test(lengthText)) throw notAPrefix(text)
  const addressText = text.slice(0, slash)
  const address = addressOf(addressText, text)
  const isMapped = address.family === 4 && addressText.includes(':')
  const length = Number(lengthText) - (isMapped ? mappedIpv4Bits : 0)
  if (length < 0 || length > addressBits[address.family]) throw notAPrefix(text)
  return makePrefix(address, length)
}

function addressOf(addressText: string, text: string): Address {
  try {
    return parseAddress(addressText)
  } catch {
    throw notAPrefix(text)
  }
}

function notAPrefix(text: string): AddressError {
  return new AddressError('bad-prefix', text, 'is not a prefix such as 192.0.2.0/24')
}

/** Clears the host bits of `address`. */
export function makePrefix({ family, value }: Address, length: number): Prefix {
  const hostBits = BigInt(addressBits[family] - length)
  return { address: { family, value: (value >> hostBits) << hostBits }, length }
}

export function formatPrefix({ address, length }: Prefix): string {
  return `${formatAddress(address)}/${length}`
}

export function prefixContains({ address: network, length }: Prefix, { family, value }: Address): boolean {
  const hostBits = BigInt(addressBits[network.family] - length)
  return family === network.family && value >> hostBits === network.value >> hostBits
}

export function prefixRange({ address: { family, value }, length }: Prefix): AddressRange {
  const size = 1n << BigInt(addressBits[family] - length)
  return { family, first: value, last: value + size - 1n }
}
