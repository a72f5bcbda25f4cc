// What the measuring processes in the client's namespace share: a packet socket, and requests that say which one they are.
import { networkInterfaces } from 'node:os'
import { type Address, parseAddress } from '../../net/address.ts'
import { parseMac } from '../../net/mac.ts'
import { AF_PACKET, SO_RCVBUF, SOCK_RAW, SOL_SOCKET } from '../../net/rawnet/constants.ts'
import { interfaceIndex, openSocket, type RawSocket } from '../../net/rawnet/index.ts'
import { packetAddress } from '../../net/rawnet/socket-address.ts'

/** How one asks in a family for addresses, and knows the answers. */
export interface Asker {
  readonly etherType: number
  /** @param own the MAC that asks */
  request(address: Address, own: Uint8Array): Uint8Array
  /** @param number less than 2^24 */
  setNumber(request: Buffer, number: number): void
  /** The number of the request that a frame answers; undefined when it is no reply to one of ours. */
  answeredNumber(frame: Buffer): number | undefined
  answeredMac(frame: Buffer): Uint8Array
}

interface AskingClient {
  readonly socket: RawSocket
  /** For each address from the first on. */
  readonly requests: { readonly data: Buffer; readonly to: Uint8Array }[]
}

export function openClient(asker: Asker, link: string, first: string, count: number): AskingClient {
  const { etherType: protocol } = asker
  const to = packetAddress({ protocol, interfaceIndex: interfaceIndex(link) })
  const own = parseMac(networkInterfaces()[link]?.[0]?.mac ?? '')
  const { family, value } = parseAddress(first)
  const socket = openSocket(AF_PACKET, SOCK_RAW, 0)
  socket.setOption(SOL_SOCKET, SO_RCVBUF, 4 << 20)
  socket.bind(to)
  const request = (index: number) => Buffer.from(asker.request({ family, value: value + BigInt(index) }, own))
  return { socket, requests: Array.from({ length: count }, (_, index) => ({ data: request(index), to })) }
}
