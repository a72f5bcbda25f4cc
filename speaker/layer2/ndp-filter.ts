import { frameFilter } from './frame-filter.ts'

/** Neighbor Solicitations of neighbours that arrived on the interface itself. Offsets as drawn in icmpv6.ts. */
export function solicitationFilter(interfaceIndex: number): Uint8Array {
  return frameFilter(interfaceIndex, [
    { load: 'half', at: 20, is: 0x3aff }, // next header and hop limit
    { load: 'byte', at: 54, is: 135 }, // type of the message
  ])
}
