import type { Address } from '../../net/address.ts'

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
