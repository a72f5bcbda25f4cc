import {
  AF_PACKET,
  EAGAIN,
  ENOBUFS,
  ENOMEM,
  SO_RCVBUF,
  SO_SNDBUF,
  SOCK_RAW,
  SOL_SOCKET,
} from '../../net/rawnet/constants.ts'
import { type FrameBatch, openSocket, RawnetError, type RawSocket } from '../../net/rawnet/index.ts'
import { packetAddress } from '../../net/rawnet/socket-address.ts'

/** The kernel gives as much of it as net.core.rmem_max and wmem_max allow anybody, and never less than before. */
const bufferBytes = 4 * 1024 * 1024

export interface PacketSocketOptions {
  readonly interfaceIndex: number
  /** An EtherType. */
  readonly protocol: number
  /** Of these programs the first that the kernel has room for. */
  readonly filters: Iterable<Uint8Array>
  /** For floods: how many frames may wait, each with the kernel's own 70 bytes. Without: as many as the system allows. */
  readonly ring?: { readonly frames: number; readonly frameBytes: number }
}

/** Whole frames of one EtherType on one interface. Filtered before it is bound: no other frame is ever queued. */
export function openPacketSocket({ interfaceIndex, protocol, filters, ring }: PacketSocketOptions): RawSocket {
  const socket = openSocket(AF_PACKET, SOCK_RAW, 0)
  try {
    attachFirst(socket, filters)
    socket.setOption(SOL_SOCKET, SO_RCVBUF, bufferBytes)
    socket.setOption(SOL_SOCKET, SO_SNDBUF, bufferBytes)
    if (ring !== undefined) tryToMap(socket, ring)
    socket.bind(packetAddress({ interfaceIndex, protocol }))
    return socket
  } catch (error) {
    socket.close()
    throw error
  }
}

/** Where the kernel refuses, because it has no memory or no rings, the socket's queue has to do. */
function tryToMap(socket: RawSocket, ring: NonNullable<PacketSocketOptions['ring']>): void {
  try {
    socket.mapRing(ring)
  } catch (error) {
    if (!(error instanceof RawnetError)) throw error
  }
}

/** Replaces the filter at once: no frame passes unfiltered meanwhile. */
export function attachFirst(socket: RawSocket, filters: Iterable<Uint8Array>): void {
  let refusal: unknown
  for (const filter of filters) {
    try {
      socket.attachFilter(filter)
      return
    } catch (error) {
      if (!(error instanceof RawnetError) || error.errno !== ENOMEM) throw error
      refusal = error
    }
  }
  throw refusal
}

/** How many of the first `count` frames the kernel took: all, unless the socket or the queue of the interface is full. */
export function sendFrames(socket: RawSocket, frames: FrameBatch, count: number): number {
  let sent = 0
  for (let taken = 1; taken > 0 && sent < count; sent += taken) taken = sendSome(socket, frames, sent, count - sent)
  return sent
}

function sendSome(socket: RawSocket, frames: FrameBatch, first: number, count: number): number {
  try {
    return socket.sendFrames(frames, first, count)
  } catch (error) {
    if (isFull(error)) return 0
    throw error
  }
}

/** False when there is no room for it. */
export function sendFrame(socket: RawSocket, frame: Uint8Array): boolean {
  try {
    return socket.send(frame) > 0
  } catch (error) {
    if (isFull(error)) return false
    throw error
  }
}

function isFull(error: unknown): boolean {
  return error instanceof RawnetError && (error.errno === ENOBUFS || error.errno === EAGAIN)
}
