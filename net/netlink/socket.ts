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

export function netlinkBatch(): ReceiveBatch {
  return new ReceiveBatch({ slots: 8, slotBytes: datagramBytes })
}

/** Receives until nothing is waiting. Other processes can send to our socket too: only the kernel is listened to. */
export function* receiveMessages(socket: RawSocket, batch: ReceiveBatch): Generator<Message> {
  for (let count = socket.receiveBatch(batch); count > 0; count = socket.receiveBatch(batch)) {
    for (let slot = 0; slot < count; slot++) {
      if (isFromKernel(batch.from(slot))) yield* decodeMessages(batch.data(slot))
    }
  }
}

function isFromKernel(address: Buffer): boolean {
  const portIdOffset = 4 // struct sockaddr_nl
  return address.length >= 8 && address.readUInt32LE(portIdOffset) === 0
}
