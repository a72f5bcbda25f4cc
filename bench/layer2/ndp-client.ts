// As arp-client.ts, for IPv6: neighbour solicitations that say which one they are.
import { networkInterfaces } from 'node:os'
import { addressToBytes, parseAddress } from '../../net/address.ts'
import { parseMac } from '../../net/mac.ts'
import { AF_PACKET, SO_RCVBUF, SOCK_RAW, SOL_SOCKET } from '../../net/rawnet/constants.ts'
import { interfaceIndex, openSocket } from '../../net/rawnet/index.ts'
import { packetAddress } from '../../net/rawnet/socket-address.ts'
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
import type { Asker, AskingClient } from './arp-client.ts'

/** The number of a request is the end of its source address, where the answer goes: nobody's here. */
const numberedSource = parseAddress('fe80::6e75:6d62:6500:0')
const numberAt = 13

export const ndpAsker: Asker = {
  etherType: etherTypeIpv6,
  open: openNdpClient,
  ...{ setNumber, answeredNumber },
  answeredMac(frame) {
    const at = linkLayerAddressOffset(frame, frame.length, linkLayerOption.target) ?? 0
    return frame.subarray(at, at + 6)
  },
}

function openNdpClient(link: string, first: string): AskingClient {
  const own = parseMac(networkInterfaces()[link]?.[0]?.mac ?? '')
  const { value } = parseAddress(first)
  const socket = openSocket(AF_PACKET, SOCK_RAW, 0)
  socket.setOption(SOL_SOCKET, SO_RCVBUF, 4 << 20)
  socket.bind(packetAddress({ protocol: etherTypeIpv6, interfaceIndex: interfaceIndex(link) }))
  return {
    socket,
    request(index) {
      const target = { family: 6, value: value + BigInt(index) } as const
      const destination = solicitedNodeGroup(target)
      return Buffer.from(
        encodeIcmpv6Frame({
          ...{ destinationMac: multicastMac(destination), sourceMac: own, hopLimit: neighbourHopLimit },
          ...{ source: numberedSource, destination, message: encodeNeighborSolicitation(target, own) },
        }),
      )
    },
  }
}

function setNumber(request: Buffer, number: number): void {
  request.writeUIntBE(number, icmpv6Offset.source + numberAt, 3)
  writeChecksum(request)
}

function answeredNumber(frame: Buffer): number | undefined {
  if (neighbourMessageEnd(frame, frame.length) === undefined) return undefined
  if (frame[icmpv6Offset.type] !== ndpType.advertisement) return undefined
  const { destination } = icmpv6Offset
  const isOurs = prefix.every((byte, i) => frame[destination + i] === byte)
  return isOurs ? frame.readUIntBE(destination + numberAt, 3) : undefined
}

const prefix = addressToBytes(numberedSource).subarray(0, numberAt)
