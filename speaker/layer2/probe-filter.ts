import { type Address, addressToBytes } from '../../net/address.ts'
import { Reader } from '../../net/cursor.ts'
import { type Condition, frameFilter } from './frame-filter.ts'

/** RFC 5227 s2.1.1: ARP from the address, or another probe for it. Offsets as drawn in arp.ts. */
export function arpClaimFilter(interfaceIndex: number, address: number): Uint8Array {
  const arp: Condition[] = [{ load: 'word', at: 14, is: 0x0001_0800 }]
  return frameFilter(
    interfaceIndex,
    [...arp, { load: 'word', at: 28, is: address }],
    [...arp, { load: 'word', at: 28, is: 0 }, { load: 'word', at: 38, is: address }],
  )
}

/** RFC 4862 s5.4.3 and s5.4.4: an advertisement of the address, or another search for duplicates. Offsets as in icmpv6.ts. */
export function ndpClaimFilter(interfaceIndex: number, address: Address): Uint8Array {
  const neighbour: Condition = { load: 'half', at: 20, is: 0x3aff } // next header and hop limit
  const type = (is: number): Condition => ({ load: 'byte', at: 54, is })
  const target = equals(62, address)
  return frameFilter(
    interfaceIndex,
    [neighbour, type(136), ...target],
    [neighbour, type(135), ...equals(22, { family: 6, value: 0n }), ...target],
  )
}

/** An IPv6 address at an offset, word by word. */
function equals(offset: number, address: Address): Condition[] {
  const reader = new Reader(addressToBytes(address))
  return [0, 4, 8, 12].map((at) => ({ load: 'word', at: offset + at, is: reader.u32() }))
}
