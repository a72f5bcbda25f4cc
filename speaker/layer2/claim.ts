import type { Address } from '../../net/address.ts'
import { formatMac } from '../../net/mac.ts'
import { ethernetOffset, macBytes } from './ethernet.ts'
import type { Station } from './station.ts'

/**
 * How somebody showed that an address is his.
 *
 * `announcement`: to all, unasked. `reply`: to who asked, be it us alone or, after a search for duplicates, all.
 * `use`: he asks for another address and names this one as his own. `probe`: he wants to know whether it is free.
 */
export type ClaimKind = 'announcement' | 'reply' | 'use' | 'probe'

/** Heard on the wire from somebody else: about an address of the book, or in answer to us alone about any. */
export interface Claim {
  readonly address: Address
  /** Where the address is said to be: in a stand-in's reply not the stand-in's. */
  readonly mac: string
  /** Whose frame it was. */
  readonly sender: string
  /** Where it was heard. */
  readonly interface: string
  readonly kind: ClaimKind
}

/** @param macOffset where the frame says where the address is */
export function claimOf(
  address: Address,
  kind: ClaimKind,
  frame: Uint8Array,
  macOffset: number,
  station: Station,
): Claim {
  const mac = macAt(frame, macOffset)
  return { address, kind, mac, sender: macAt(frame, ethernetOffset.source), interface: station.interfaceName }
}

function macAt(frame: Uint8Array, offset: number): string {
  return formatMac(frame.subarray(offset, offset + macBytes))
}
