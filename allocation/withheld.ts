import type { Address } from '../net/address.ts'

/** An address that must not be given out. */
export interface Withheld {
  readonly address: Address
  readonly reason: 'NodeAddress' | 'Gateway' | 'AddressInUse'
  /** Who has it: the name of a node, a MAC address. */
  readonly by: string
}
