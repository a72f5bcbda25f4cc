/**
 * Linux sockets that Node does not have: AF_PACKET, raw ICMPv6, netlink, and any socket option.
 * System calls only; what the bytes mean is for the callers. socket-address.ts makes socket addresses,
 * filter.ts kernel filters, constants.ts has the numbers. The native half begins at rawnet.h; `node hack/rawnet.ts` builds it.
 */
import { getSystemErrorMessage, getSystemErrorName } from 'node:util'
import { loadAddon, type NativeSocket } from './addon.ts'
import { EAGAIN } from './constants.ts'
import { FrameBatch } from './frame-batch.ts'
import { ReceiveBatch } from './receive-batch.ts'

export { FrameBatch, ReceiveBatch }

/** A system call failed. */
export class RawnetError extends Error {
  override readonly name = 'RawnetError'
  /** Such as `EPERM`. */
  readonly code: string
  readonly errno: number
  readonly syscall: string

  constructor(syscall: string, errno: number) {
    super(`${syscall}: ${getSystemErrorMessage(-errno)}`)
    this.code = getSystemErrorName(-errno)
    this.errno = errno
    this.syscall = syscall
  }
}

export interface OutgoingMessage {
  readonly data: Uint8Array
  /** A socket address; not needed on a connected socket. */
  readonly to?: Uint8Array
}

/** Every method throws {@link RawnetError} when its system call fails; none of them blocks. */
export interface RawSocket {
  /** -1 once closed. */
  readonly fd: number
  bind(address: Uint8Array): void
  /** A stream socket is usually still connecting afterwards (EINPROGRESS is no error here). */
  connect(address: Uint8Array): void
  listen(backlog: number): void
  localAddress(): Buffer
  setOption(level: number, name: number, value: number | Uint8Array): void
  /** At most `byteLength` bytes. */
  getOption(level: number, name: number, byteLength: number): Buffer
  /** Replaces the socket's kernel filter: classic BPF, see filter.ts. */
  attachFilter(program: Uint8Array): void
  /**
   * From now on the packets of this packet socket wait in memory of its own, however little the system allows a queue,
   * and receiveBatch() tells no senders. Of each frame the kernel takes some 70 bytes for itself; frames divide a page,
   * and all together make whole pages.
   */
  mapRing(ring: { frames: number; frameBytes: number }): void
  /** How many bytes were sent. */
  send(data: Uint8Array, to?: Uint8Array): number
  /** How many messages were taken, from the front: at most 256 in one call, and 0 when the socket can take none now. */
  sendBatch(messages: readonly OutgoingMessage[]): number
  /** As sendBatch(), `count` frames of a batch from the `first` on: with nothing made for each. */
  sendFrames(frames: FrameBatch, first: number, count: number): number
  /** How many messages are in the batch now; 0 when none is waiting. */
  receiveBatch(batch: ReceiveBatch): number
  /**
   * As receiveBatch(), from the queue of errors that IP_RECVERR or IPV6_RECVERR fills: `from` is then where the message
   * that failed was sent to, and extended-error.ts reads why.
   */
  receiveErrors(batch: ReceiveBatch): number
  /**
   * Calls back whenever there is something to receive, also when that is an error: receiving throws it, once.
   * Keeps the process running and the socket alive until unwatch() or close().
   */
  watch(onReadable: () => void): void
  unwatch(): void
  /** Ends watching too; may be called again. */
  close(): void
}

/** The socket is non-blocking and close-on-exec. */
export function openSocket(domain: number, type: number, protocol: number): RawSocket {
  return new Socket(new (loadAddon().Socket)(), domain, type, protocol)
}

/** Throws {@link RawnetError} ENODEV when there is no such interface. */
export function interfaceIndex(name: string): number {
  return succeeded('if_nametoindex', loadAddon().interfaceIndex(name))
}

const EINPROGRESS = 115
const MSG_ERRQUEUE = 0x2000
const socketAddressBytes = 128 // sizeof(struct sockaddr_storage)

class Socket implements RawSocket {
  readonly #native: NativeSocket
  #fd: number

  constructor(native: NativeSocket, domain: number, type: number, protocol: number) {
    this.#native = native
    this.#fd = succeeded('socket', native.open(domain, type, protocol))
  }

  get fd(): number {
    return this.#fd
  }

  bind(address: Uint8Array): void {
    succeeded('bind', this.#native.bind(address))
  }

  connect(address: Uint8Array): void {
    const result = this.#native.connect(address)
    if (result !== -EINPROGRESS) succeeded('connect', result)
  }

  listen(backlog: number): void {
    succeeded('listen', this.#native.listen(backlog))
  }

  localAddress(): Buffer {
    const address = Buffer.alloc(socketAddressBytes)
    return address.subarray(0, succeeded('getsockname', this.#native.localAddress(address)))
  }

  setOption(level: number, name: number, value: number | Uint8Array): void {
    succeeded('setsockopt', this.#native.setOption(level, name, value))
  }

  getOption(level: number, name: number, byteLength: number): Buffer {
    const value = Buffer.alloc(byteLength)
    return value.subarray(0, succeeded('getsockopt', this.#native.getOption(level, name, value)))
  }

  attachFilter(program: Uint8Array): void {
    succeeded('setsockopt', this.#native.attachFilter(program))
  }

  mapRing({ frames, frameBytes }: { frames: number; frameBytes: number }): void {
    succeeded('setsockopt', this.#native.mapRing(frames, frameBytes))
  }

  send(data: Uint8Array, to?: Uint8Array): number {
    return succeeded('sendto', this.#native.send(data, to))
  }

  sendBatch(messages: readonly OutgoingMessage[]): number {
    const dataAndAddresses: (Uint8Array | undefined)[] = []
    for (const { data, to } of messages) dataAndAddresses.push(data, to)
    return succeededOrNone('sendmmsg', this.#native.sendBatch(dataAndAddresses))
  }

  sendFrames({ block, frameBytes }: FrameBatch, first: number, count: number): number {
    return succeededOrNone('sendmmsg', this.#native.sendFrames(block, frameBytes, first, count))
  }

  receiveBatch(batch: ReceiveBatch): number {
    return this.#receive(batch, 0)
  }

  receiveErrors(batch: ReceiveBatch): number {
    return this.#receive(batch, MSG_ERRQUEUE)
  }

  watch(onReadable: () => void): void {
    succeeded('uv_poll', this.#native.watch(onReadable))
  }

  unwatch(): void {
    this.#native.unwatch()
  }

  close(): void {
    this.#fd = -1
    succeeded('close', this.#native.close())
  }

  #receive(batch: ReceiveBatch, flags: number): number {
    return succeededOrNone('recvmmsg', this.#native.receive(batch.block, batch.slots, batch.controlBytes, flags))
  }
}

function succeeded(syscall: string, result: number): number {
  if (result < 0) throw new RawnetError(syscall, -result)
  return result
}

function succeededOrNone(syscall: string, result: number): number {
  return result === -EAGAIN ? 0 : succeeded(syscall, result)
}
