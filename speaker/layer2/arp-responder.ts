import { AF_PACKET, ETH_P_ARP, SOCK_RAW } from '../../net/rawnet/constants.ts'
import { openSocket, RawnetError, type RawSocket, ReceiveBatch } from '../../net/rawnet/index.ts'
import { packetAddress } from '../../net/rawnet/socket-address.ts'
import { answerArp, replyTemplate, type Station } from './arp-answer.ts'
import { arpRequestFilter } from './arp-filter.ts'
import type { Book } from './book.ts'
import type { Interface } from './interfaces.ts'

/** A batch is read in one system call and answered in one. */
const batchSlots = 64
/** ARP with its padding; anything longer is cut, which does no harm. */
const slotBytes = 64
/** Then the event loop has its turn; what still waits wakes us again. */
const batchesPerTurn = 8

export interface ArpResponderOptions {
  interface: Interface
  book: Book
  /** The socket failed and is closed, for example because the interface is gone. */
  onError(error: Error): void
}

/** Answers ARP requests on one interface, from a packet socket of its own. */
export class ArpResponder {
  readonly interface: Interface
  readonly #station: Station
  readonly #book: Book
  readonly #onError: (error: Error) => void
  readonly #socket: RawSocket
  readonly #requests = new ReceiveBatch({ slots: batchSlots, slotBytes })
  readonly #replies: readonly { data: Uint8Array }[]

  /** Throws RawnetError. */
  constructor(options: ArpResponderOptions) {
    this.interface = options.interface
    this.#station = { interfaceName: options.interface.name, mac: options.interface.mac }
    this.#book = options.book
    this.#onError = options.onError
    this.#replies = Array.from({ length: batchSlots }, () => ({ data: replyTemplate(this.#station) }))
    this.#socket = openArpSocket(options.interface.index)
    this.#socket.watch(() => this.#guarded(() => this.#onReadable()))
  }

  /** Sends frames as they are; those that the kernel has no room for are lost, as on any wire. */
  send(frames: readonly Uint8Array[]): void {
    this.#guarded(() => {
      let sent = 0
      for (let taken = 1; taken > 0 && sent < frames.length; sent += taken) {
        const batch = frames.slice(sent, sent + batchSlots)
        taken = this.#socket.sendBatch(batch.map((data) => ({ data })))
      }
    })
  }

  close(): void {
    this.#socket.close()
  }

  #onReadable(): void {
    for (let round = 0; round < batchesPerTurn; round++) {
      const received = this.#socket.receiveBatch(this.#requests)
      if (received > 0) this.#answer(received)
      if (received < batchSlots) return
    }
  }

  #answer(received: number): void {
    let answers = 0
    for (let slot = 0; slot < received; slot++) {
      const request = this.#requests.data(slot)
      const reply = this.#replies[answers]!.data
      if (answerArp(request, request.length, this.#station, this.#book, reply) === 'answer') answers++
    }
    if (answers > 0) this.#socket.sendBatch(this.#replies.slice(0, answers))
  }

  #guarded(act: () => void): void {
    try {
      act()
    } catch (error) {
      if (error instanceof RawnetError && error.code === 'ENOBUFS') return // the interface's queue is full
      this.close()
      this.#onError(error as Error)
    }
  }
}

/** Filtered before it is bound, so that no other frame is ever queued. */
function openArpSocket(interfaceIndex: number): RawSocket {
  const socket = openSocket(AF_PACKET, SOCK_RAW, 0)
  try {
    socket.attachFilter(arpRequestFilter())
    socket.bind(packetAddress({ protocol: ETH_P_ARP, interfaceIndex }))
    return socket
  } catch (error) {
    socket.close()
    throw error
  }
}
