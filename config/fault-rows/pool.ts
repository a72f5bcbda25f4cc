import type { FaultRow } from './row.ts'

/** Of IPAddressPool. */
export const poolFaults = {
  'pool-without-addresses': {
    problem: 'is empty',
    remedy: 'list at least one CIDR or first-last range',
  },
  'bad-cidr': {
    problem: 'is neither a CIDR nor a first-last range',
    remedy: 'write 192.0.2.0/24, 192.0.2.10-192.0.2.20 or, for a single address, 192.0.2.1/32',
  },
  'range-bad-address': {
    problem: 'is not a range of IP addresses',
    remedy:
      'write both ends in full and without leading zeros, such as 192.0.2.10-192.0.2.20 or 2001:db8::1-2001:db8::ff',
  },
  'range-descending': {
    problem: 'ends before it starts',
    remedy: 'write the lower address first',
  },
  'range-mixed-families': {
    problem: 'starts with one IP family and ends with the other',
    remedy: 'write one range for IPv4 and one for IPv6',
  },
  overlap: {
    problem: 'overlaps other addresses',
    remedy: 'let every address be in one range of one pool only',
  },
  'bad-addresses': {
    problem: 'is neither an address, nor a CIDR, nor a first-last range',
    remedy: 'write 192.0.2.1, 192.0.2.0/24 or 192.0.2.10-192.0.2.20',
  },
  'bad-quota': {
    problem: 'is not a number of addresses',
    remedy: 'use a whole number from 1 on, or leave it out for no limit',
  },
  'bad-strategy': {
    problem: 'is not a way to choose addresses',
    remedy: 'use LowestFirst or Balanced',
  },
  'duplicate-namespace': {
    problem: 'is listed twice',
    remedy: 'list each namespace once',
  },
  'duplicate-pool-reference': {
    problem: 'is listed twice',
    remedy: 'list each pool once',
  },
} as const satisfies Record<string, FaultRow>
