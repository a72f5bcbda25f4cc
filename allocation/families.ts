import { type Address, AddressError, type Family, parseAddress } from '../net/address.ts'

/** The IP families of a Service, of a request or of a status. */
export type Families = 'IPv4' | 'IPv6' | 'dual'

export const familyLists: Readonly<Record<Families, readonly Family[]>> = { IPv4: [4], IPv6: [6], dual: [4, 6] }

/** Undefined for no address, for two of one family, for more than two, and where one could not be parsed. */
export function familiesOf(addresses: readonly (Address | undefined)[]): Families | undefined {
  const [first, second] = addresses
  if (first === undefined || addresses.length > 2) return undefined
  if (addresses.length === 1) return nameOfFamily(first.family)
  return second !== undefined && second.family !== first.family ? 'dual' : undefined
}

export function nameOfFamily(family: Family): 'IPv4' | 'IPv6' {
  return family === 4 ? 'IPv4' : 'IPv6'
}

export function nameOfFamilies(families: Families): string {
  return families === 'dual' ? 'IPv4 and IPv6' : families
}

export function otherFamily(family: Family): Family {
  return family === 4 ? 6 : 4
}

export function tryParseAddress(text: string): Address | undefined {
  try {
    return parseAddress(text)
  } catch (error) {
    if (error instanceof AddressError) return undefined
    throw error
  }
}
