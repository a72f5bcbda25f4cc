import { AF_PACKET, ENOBUFS, SOCK_RAW } from '../../net/rawnet/constants.ts'
import { type OutgoingMessage, openSocket, RawnetError, type RawSocket } from '../../net/rawnet/index.ts'
import { packetAddress } from '../../net/rawnet/socket-address.ts'
import type { Book, Holding } from './book.ts'
import type { Interface } from './interfaces.ts'
import type { BurstClock } from './unsolicited.ts'

/** Answers for the addresses of one family on one interface. */
export interface Responder {
  readonly family: 4 | 6
  readonly interface: Interface
  /** The address is in the book from now on. */
  hold(holding: Holding): void
  /** It is in the book no more. */
  free(holding: Holding): void
  /** Tells everybody, unasked. */
  announce(holdings: readonly Holding[]): void
  close(): void
}

export interface ResponderOptions {
  interface: Interface
  book: Book
  clock: Pick<BurstClock, 'setTimeout' | 'clearTimeout'>
  /** The responder failed and is closed, for example because the interface is gone. */
  onError(error: Error): void
  /** Default: {@link openPacketSocket}. */
  open?: typeof openPacketSocket | undefined
}

/** Whole frames of one EtherType on one interface. Filtered before it is bound: no other frame is ever queued. */
export function openPacketSocket(at: { interfaceIndex: number; protocol: number; filter: Uint8Array }): RawSocket {
  const socket = openSocket(AF_PACKET, SOCK_RAW, 0)
  try {
    socket.attachFilter(at.filter)
    socket.bind(packetAddress(at))
    return socket
  } catch (error) {
    socket.close()
    throw error
  }
}

const messagesPerCall = 64

/** Sends in batches until the kernel has no room for more. How many it took, from the front. */
export function sendAll(socket: RawSocket, messages: readonly OutgoingMessage[]): number {
  let sent = 0
  for (let taken = 1; taken > 0 && sent < messages.length; sent += taken) {
    taken = sendSome(socket, messages.slice(sent, sent + messagesPerCall))
  }
  return sent
}

/** Full is the socket (none taken) or the interface's queue (ENOBUFS). */
function sendSome(socket: RawSocket, messages: readonly OutgoingMessage[]): number {
  try {
    return socket.sendBatch(messages)
  } catch (error) {
    if (error instanceof RawnetError && error.errno === ENOBUFS) return 0
    throw error
  }
}

/** Runs what may fail, until it fails: then the responder is closed and reported, once. */
export function guard(responder: Responder, onError: (error: Error) => void): (act: () => void) => void {
  let hasFailed = false
  return (act) => {
    if (hasFailed) return
    try {
      act()
    } catch (error) {
      hasFailed = true
      responder.close()
      onError(error as Error)
    }
  }
}
