import { type Address, sameAddress } from '../../net/address.ts'

/** Where another node is on the network: what its membership tells. */
export interface Neighbour {
  readonly mac: string
  readonly ipv4?: Address
  readonly ipv6?: Address
}

export const broadcast = 'ff:ff:ff:ff:ff:ff'

/** Whose MAC is not known: everybody is asked. */
export function anywhere(address: Address): Neighbour {
  return { mac: broadcast, [`ipv${address.family}`]: address }
}

/** A node at one more of its addresses, on whichever link it has it; nothing when its links tell that address. */
export function alsoAt(address: Address, links: readonly Neighbour[]): Neighbour[] {
  const isAt = (one: Address | undefined): boolean => one !== undefined && sameAddress(one, address)
  if (links.some(({ ipv4, ipv6 }) => isAt(ipv4) || isAt(ipv6))) return []
  return links.map(({ mac }) => ({ mac, [`ipv${address.family}`]: address }))
}
