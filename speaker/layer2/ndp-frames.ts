import type { Address } from '../../net/address.ts'
import { isBroadcast } from './ethernet.ts'
import { encodeIcmpv6Frame, multicastMac } from './icmpv6.ts'
import {
  allNodes,
  encodeNeighborAdvertisement,
  encodeNeighborSolicitation,
  neighbourHopLimit,
  solicitedNodeGroup,
} from './ndp.ts'
import type { Station } from './station.ts'

export interface NdpStation extends Station {
  /** The source of what we send. */
  readonly linkLocal: Address
}

/** RFC 4861 s7.2.6: unasked, to everybody, who replaces what was cached. */
export function advertisementFrame(target: Address, { mac, linkLocal }: NdpStation): Uint8Array {
  return encodeIcmpv6Frame({
    ...{ destinationMac: multicastMac(allNodes), sourceMac: mac, hopLimit: neighbourHopLimit },
    ...{ source: linkLocal, destination: allNodes },
    message: encodeNeighborAdvertisement({ target, targetMac: mac, solicited: false, override: true }),
  })
}

/** RFC 4862 s5.4.2: from no address, so that nobody's cache learns anything. */
export function searchFrame(target: Address, mac: Uint8Array): Uint8Array {
  const destination = solicitedNodeGroup(target)
  return encodeIcmpv6Frame({
    ...{ destinationMac: multicastMac(destination), sourceMac: mac, hopLimit: neighbourHopLimit },
    ...{ source: { family: 6, value: 0n }, destination, message: encodeNeighborSolicitation(target) },
  })
}

/**
 * Asks a neighbour alone whether it is still there (RFC 4861 s7.3.3); or, as IPv6 has no broadcast, all who may have
 * the address (s7.2.2).
 */
export function solicitationFrame(target: Address, targetMac: Uint8Array, { mac, linkLocal }: NdpStation): Uint8Array {
  const isForAll = isBroadcast(targetMac)
  const destination = isForAll ? solicitedNodeGroup(target) : target
  return encodeIcmpv6Frame({
    ...{ destinationMac: isForAll ? multicastMac(destination) : targetMac, sourceMac: mac },
    ...{ hopLimit: neighbourHopLimit, source: linkLocal, destination },
    message: encodeNeighborSolicitation(target, mac),
  })
}
