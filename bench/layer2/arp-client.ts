// What the measuring processes in the client's namespace share: a packet socket, and requests that say which one they are.
import { networkInterfaces } from 'node:os'
import { addressToBytes, parseAddress } from '../../net/address.ts'
import { parseMac } from '../../net/mac.ts'
import { AF_PACKET, ETH_P_ARP, SO_RCVBUF, SOCK_RAW, SOL_SOCKET } from '../../net/rawnet/constants.ts'
import { interfaceIndex, openSocket, type RawSocket } from '../../net/rawnet/index.ts'
import { packetAddress } from '../../net/rawnet/socket-address.ts'
import { arpOffset, arpOperation, broadcastMac, encodeArpFrame } from '../../speaker/layer2/arp.ts'

export interface AskingClient {
  readonly socket: RawSocket
  /** A request for the address `index` after the first. */
  request(index: number): Buffer
}

/** How one asks in a family for addresses, and knows the answers. */
export interface Asker {
  readonly etherType: number
  open(link: string, first: string): AskingClient
  /** @param number less than 2^24 */
  setNumber(request: Buffer, number: number): void
  /** The number of the request that a frame answers; undefined when it is no reply to one of ours. */
  answeredNumber(frame: Buffer): number | undefined
  answeredMac(frame: Buffer): Uint8Array
}

export const arpAsker: Asker = {
  etherType: ETH_P_ARP,
  open: openArpClient,
  ...{ setNumber, answeredNumber },
  answeredMac: (frame) => frame.subarray(arpOffset.senderMac, arpOffset.senderMac + 6),
}

/**
 * The number of a request is its sender's address, which comes back as the target of the reply: an answer that is late
 * is not taken for that to another request. 198.0.0.0/8 is nobody's here.
 */
const numberedNetwork = 198

export function openArpClient(link: string, first: string): AskingClient {
  const own = parseMac(networkInterfaces()[link]?.[0]?.mac ?? '')
  const base = Buffer.from(addressToBytes(parseAddress(first))).readUInt32BE()
  const socket = openSocket(AF_PACKET, SOCK_RAW, 0)
  socket.setOption(SOL_SOCKET, SO_RCVBUF, 4 << 20)
  socket.bind(packetAddress({ protocol: ETH_P_ARP, interfaceIndex: interfaceIndex(link) }))
  return {
    socket,
    request: (index) =>
      Buffer.from(
        encodeArpFrame({
          ...{ destination: broadcastMac, source: own, operation: arpOperation.request, senderMac: own },
          ...{
            senderAddress: (numberedNetwork << 24) >>> 0,
            targetMac: new Uint8Array(6),
            targetAddress: base + index,
          },
        }),
      ),
  }
}

/** @param number less than 2^24 */
export function setNumber(request: Buffer, number: number): void {
  request.writeUIntBE(number, arpOffset.senderAddress + 1, 3)
}

/** The number of the request that a frame answers; undefined when it is no reply to one of ours. */
export function answeredNumber(frame: Buffer): number | undefined {
  if (frame.length < arpOffset.end || frame[arpOffset.operation + 1] !== arpOperation.reply) return undefined
  if (frame[arpOffset.targetAddress] !== numberedNetwork) return undefined
  return frame.readUIntBE(arpOffset.targetAddress + 1, 3)
}
