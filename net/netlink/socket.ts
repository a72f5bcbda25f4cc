import { AF_NETLINK, SOCK_RAW } from '../rawnet/constants.ts'
import { openSocket, type RawSocket, ReceiveBatch } from '../rawnet/index.ts'
import { netlinkAddress } from '../rawnet/socket-address.ts'
import { decodeMessages, type Message } from './message.ts'

const NETLINK_ROUTE = 0

/** The kernel fills dumps up to 32 kB a datagram, netlink(7). */
const datagramBytes = 32 * 1024

/** `groups` is a bit mask of multicast groups. */
export function openNetlinkSocket(groups: number): RawSocket {
  const socket = openSocket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE)
  try {
    socket.bind(netlinkAddress({ portId: 0, groups }))
  } catch (error) {
    socket.close()
    throw error
  }
  return socket
}

/** One at a time: they come seldom, and each subscription keeps a batch. */
export function netlinkBatch(): ReceiveBatch {
  return new ReceiveBatch({ slots: 1, slotBytes: datagramBytes })
}

/** What the kernel sent cannot be used. */
export class NetlinkError extends Error {
  override readonly name = 'NetlinkError'
  readonly code: 'truncated' | 'undecodable'

  constructor(code: NetlinkError['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** Valid until the next receive. */
export interface Datagram {
  readonly bytes: Uint8Array
  /** It was longer than there was room. */
  readonly truncated: boolean
}

/** Receives until nothing is waiting, or the socket was closed. Others can send to it too: only the kernel is listened to. */
export function* receiveDatagrams(socket: RawSocket, batch: ReceiveBatch): Generator<Datagram> {
  while (socket.fd >= 0) {
    const count = socket.receiveBatch(batch)
    if (count === 0) return
    for (let slot = 0; slot < count; slot++) {
      if (isFromKernel(batch.from(slot))) yield { bytes: batch.data(slot), truncated: batch.truncated(slot) }
    }
  }
}

/** Throws NetlinkError, or BoundsError when a length is wrong. */
export function* messagesIn({ bytes, truncated }: Datagram): Generator<Message> {
  if (truncated) throw new NetlinkError('truncated', `the kernel sent more than ${datagramBytes} bytes at once`)
  yield* decodeMessages(bytes)
}

function isFromKernel(address: Buffer): boolean {
  const portIdOffset = 4 // struct sockaddr_nl
  return address.length >= 8 && address.readUInt32LE(portIdOffset) === 0
}
