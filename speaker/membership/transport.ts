import { type Address, addressFromBytes, addressToBytes, formatAddress } from '../../net/address.ts'
import {
  AF_INET,
  AF_INET6,
  ECONNREFUSED,
  IP_RECVERR,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_RECVERR,
  IPV6_V6ONLY,
  SO_RCVBUF,
  SO_SNDBUF,
  SOCK_DGRAM,
  SOL_SOCKET,
} from '../../net/rawnet/constants.ts'
import { decodeControlMessages } from '../../net/rawnet/control-message.ts'
import { extendedError } from '../../net/rawnet/extended-error.ts'
import { type OutgoingMessage, openSocket, RawnetError, type RawSocket, ReceiveBatch } from '../../net/rawnet/index.ts'
import { decodeInetAddress, inet4Address, inet6Address } from '../../net/rawnet/socket-address.ts'

export interface TransportOptions {
  readonly bind: Address
  readonly port: number
  /** `datagram` is a view, valid during the call. `reply` sends to where it came from. */
  readonly onDatagram: (datagram: Buffer, from: Address, reply: (datagram: Buffer) => void) => void
  /** Nobody listens on the port there: the node lives, and its speaker does not. */
  readonly onUnreachable: (address: Address) => void
  /** Default: {@link openUdpSocket}. */
  readonly open?: typeof openUdpSocket
}

export interface TransportCounters {
  readonly sent: number
  readonly received: number
  /** What the kernel refused to send, by the code of its error. */
  readonly failures: ReadonlyMap<string, number>
}

/** The kernel grants what net.core.rmem_max and wmem_max allow; the default of 208 kB holds 277 small datagrams. */
const bufferBytes = 4 * 2 ** 20
/** A datagram of ours has at most 1,500. */
const slotBytes = 2048
/** In one turn of the event loop. */
const mostBatches = 16
/** The kernel tells an error once. Should it tell one for ever, the event loop has its turn after so many. */
const mostErrors = 64

/** Whole datagrams over UDP. Sending never throws: a network that is away is not a fault of ours. */
export class Transport {
  readonly #options: TransportOptions
  readonly #socket: RawSocket
  readonly #batch = new ReceiveBatch({ slots: 64, slotBytes })
  readonly #errors = new ReceiveBatch({ slots: 16, slotBytes: 64, controlBytes: 64 })
  readonly #failures = new Map<string, number>()
  #sent = 0
  #received = 0

  /** Throws RawnetError, such as EADDRINUSE. */
  constructor(options: TransportOptions) {
    this.#options = options
    this.#socket = (options.open ?? openUdpSocket)(options.bind, options.port)
    this.#socket.watch(() => this.receive())
  }

  counters(): TransportCounters {
    return { sent: this.#sent, received: this.#received, failures: this.#failures }
  }

  /** What the kernel does not take is given up: the next heartbeat is not far. */
  send(messages: readonly OutgoingMessage[]): void {
    let at = 0
    const mostTries = 2 * messages.length + mostErrors
    for (let tries = 0; at < messages.length && tries < mostTries && this.#socket.fd >= 0; tries++) {
      at += this.#sendSome(messages.slice(at))
    }
  }

  /** Reads what waits: when there is something, and when a timer comes late. */
  receive(): void {
    let errors = 0
    for (let batches = 0; batches < mostBatches && errors < mostErrors && this.#socket.fd >= 0; batches++) {
      try {
        this.#receiveErrors()
        const count = this.#socket.receiveBatch(this.#batch)
        this.#received += count
        for (let slot = 0; slot < count && this.#socket.fd >= 0; slot++) this.#deliver(slot)
        if (count < this.#batch.slots) return
      } catch (error) {
        if (!(error instanceof RawnetError)) throw error
        errors++
      }
    }
  }

  close(): void {
    this.#socket.close()
  }

  /** How many are done with, from the front. */
  #sendSome(messages: readonly OutgoingMessage[]): number {
    try {
      const taken = this.#socket.sendBatch(messages)
      this.#sent += taken
      if (taken > 0) return taken
      this.#fail('EAGAIN', messages.length)
      return messages.length
    } catch (error) {
      if (!(error instanceof RawnetError)) throw error
      // Of an earlier datagram, which did not arrive: this one is still to be sent.
      if (this.#receiveErrors() > 0 || error.errno === ECONNREFUSED) return 0
      this.#fail(error.code, 1)
      return 1
    }
  }

  #deliver(slot: number): void {
    const from = Buffer.from(this.#batch.from(slot))
    const sender = decodeInetAddress(from)
    if (sender === undefined) return
    const reply = (data: Buffer): void => this.send([{ data, to: from }])
    this.#options.onDatagram(this.#batch.data(slot), addressFromBytes(sender.address), reply)
  }

  /** How many there were. */
  #receiveErrors(): number {
    let total = 0
    for (let count = 1; count > 0 && total < mostErrors && this.#socket.fd >= 0; total += count) {
      count = this.#receiveOfErrors()
      for (let slot = 0; slot < count; slot++) this.#reportError(slot)
    }
    return total
  }

  #receiveOfErrors(): number {
    try {
      return this.#socket.receiveErrors(this.#errors)
    } catch (error) {
      if (error instanceof RawnetError) return 0
      throw error
    }
  }

  #reportError(slot: number): void {
    const to = decodeInetAddress(this.#errors.from(slot))
    const error = extendedError(decodeControlMessages(this.#errors.control(slot)))
    if (to && error?.errno === ECONNREFUSED) this.#options.onUnreachable(addressFromBytes(to.address))
  }

  #fail(code: string, count: number): void {
    this.#failures.set(code, (this.#failures.get(code) ?? 0) + count)
  }
}

/** Bound, with errors queued and the largest buffers that are to be had. */
export function openUdpSocket(bind: Address, port: number): RawSocket {
  const isIpv4 = bind.family === 4
  const socket = openSocket(isIpv4 ? AF_INET : AF_INET6, SOCK_DGRAM, 0)
  try {
    for (const option of [SO_RCVBUF, SO_SNDBUF]) socket.setOption(SOL_SOCKET, option, bufferBytes)
    if (isIpv4) {
      socket.setOption(IPPROTO_IP, IP_RECVERR, 1)
    } else {
      socket.setOption(IPPROTO_IPV6, IPV6_V6ONLY, 1)
      socket.setOption(IPPROTO_IPV6, IPV6_RECVERR, 1)
    }
    socket.bind(endpoint(bind, port))
    return socket
  } catch (cause) {
    socket.close()
    throw new Error(`no member list on ${formatAddress(bind)}, UDP port ${port}: ${cause}`, { cause })
  }
}

/** To send to. */
export function endpoint(to: Address, port: number): Uint8Array {
  const address = addressToBytes(to)
  return to.family === 4 ? inet4Address({ address, port }) : inet6Address({ address, port })
}
