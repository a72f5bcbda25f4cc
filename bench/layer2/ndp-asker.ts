import { addressToBytes, parseAddress } from '../../net/address.ts'
import {
  encodeIcmpv6Frame,
  etherTypeIpv6,
  icmpv6Offset,
  multicastMac,
  writeChecksum,
} from '../../speaker/layer2/icmpv6.ts'
import {
  encodeNeighborSolicitation,
  linkLayerAddressOffset,
  linkLayerOption,
  ndpType,
  neighbourHopLimit,
  neighbourMessageEnd,
  solicitedNodeGroup,
} from '../../speaker/layer2/ndp.ts'
import type { Asker } from './asker.ts'

/** The number of a request is the end of its source address, where the answer goes: nobody's here. */
const numberedSource = parseAddress('fe80::6e75:6d62:6500:0')
const numberAt = 13
const prefix = addressToBytes(numberedSource).subarray(0, numberAt)

export const ndpAsker: Asker = {
  etherType: etherTypeIpv6,

  request(target, own) {
    const destination = solicitedNodeGroup(target)
    return encodeIcmpv6Frame({
      ...{ destinationMac: multicastMac(destination), sourceMac: own, hopLimit: neighbourHopLimit },
      ...{ source: numberedSource, destination, message: encodeNeighborSolicitation(target, own) },
    })
  },

  setNumber(request, number) {
    request.writeUIntBE(number, icmpv6Offset.source + numberAt, 3)
    writeChecksum(request)
  },

  answeredNumber(frame) {
    if (neighbourMessageEnd(frame, frame.length) === undefined) return undefined
    if (frame[icmpv6Offset.type] !== ndpType.advertisement) return undefined
    const { destination } = icmpv6Offset
    const isOurs = prefix.every((byte, i) => frame[destination + i] === byte)
    return isOurs ? frame.readUIntBE(destination + numberAt, 3) : undefined
  },

  answeredMac(frame) {
    const at = linkLayerAddressOffset(frame, frame.length, linkLayerOption.target) ?? 0
    return frame.subarray(at, at + 6)
  },
}
