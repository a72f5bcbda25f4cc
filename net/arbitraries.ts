/** Random addresses and ranges for property tests; the shapes that matter (runs of zeros, small sets) are frequent. */
import fc from 'fast-check'
import type { Address, Family } from './address.ts'
import type { AddressRange } from './range.ts'

/** One property may take this long; slower machines check fewer cases. */
export const limits = { numRuns: 1000, interruptAfterTimeLimit: 1500 } as const

const ipv4Value = fc.bigInt(0n, (1n << 32n) - 1n)

const ipv6Word = fc.oneof(
  { weight: 2, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 0xffff }) },
)

const ipv6Value = fc
  .array(ipv6Word, { minLength: 8, maxLength: 8 })
  .map((words) => words.reduce((value, word) => (value << 16n) | BigInt(word), 0n))
  .filter((value) => value >> 32n !== 0xffffn && value >> 32n !== 0n) // mapped and compatible forms have tests of their own

export const ipv4Addresses: fc.Arbitrary<Address> = ipv4Value.map((value) => ({ family: 4, value }))
export const ipv6Addresses: fc.Arbitrary<Address> = ipv6Value.map((value) => ({ family: 6, value }))
export const addresses = fc.oneof(ipv4Addresses, ipv6Addresses)

function rangesOf(family: Family, values: fc.Arbitrary<bigint>): fc.Arbitrary<AddressRange> {
  return fc
    .tuple(values, values)
    .map(([a, b]) => (a < b ? { family, first: a, last: b } : { family, first: b, last: a }))
}

export const ranges = fc.oneof(rangesOf(4, ipv4Value), rangesOf(6, ipv6Value))
