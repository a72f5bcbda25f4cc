import type { Family } from '../address.ts'
import { AF_INET, AF_INET6 } from '../rawnet/constants.ts'

export function ipFamily(addressFamily: number): Family | undefined {
  if (addressFamily === AF_INET) return 4
  if (addressFamily === AF_INET6) return 6
  return undefined
}

export function isIpFamily(addressFamily: number): boolean {
  return ipFamily(addressFamily) !== undefined
}
