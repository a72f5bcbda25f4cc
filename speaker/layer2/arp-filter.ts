import { frameFilter } from './frame-filter.ts'

/** Requests for IPv4 over Ethernet that arrived on the interface itself. Offsets as drawn in arp.ts. */
export function arpRequestFilter(interfaceIndex: number): Uint8Array {
  return frameFilter(interfaceIndex, [
    { load: 'word', at: 14, is: 0x0001_0800 }, // hardware and protocol type
    { load: 'word', at: 18, is: 0x0604_0001 }, // lengths and operation
  ])
}
