import { ETH_P_ARP } from '../../net/rawnet/constants.ts'
import { type RawSocket, ReceiveBatch } from '../../net/rawnet/index.ts'
import { announcementFrames, arpOffset } from './arp.ts'
import { answerArp, replyTemplate, type Station } from './arp-answer.ts'
import { arpRequestFilter } from './arp-filter.ts'
import { type Book, type Holding, ipv4Key } from './book.ts'
import type { Interface } from './interfaces.ts'
import { Outbox } from './outbox.ts'
import { guard, openPacketSocket, type Responder, type ResponderOptions, sendAll } from './responder.ts'

/** A batch is read in one system call and answered in one. */
const batchSlots = 64
/** ARP with its padding; anything longer is cut, which does no harm. */
const slotBytes = 64
/** Then the event loop has its turn; what still waits wakes us again. */
const batchesPerTurn = 8

/** Answers ARP requests on one interface, from a packet socket of its own. */
export class ArpResponder implements Responder {
  readonly family = 4
  readonly interface: Interface
  readonly #station: Station
  readonly #book: Book
  readonly #guarded: (act: () => void) => void
  readonly #socket: RawSocket
  readonly #outbox: Outbox
  readonly #requests = new ReceiveBatch({ slots: batchSlots, slotBytes })
  readonly #replies: readonly { data: Uint8Array }[]

  /** Throws RawnetError. */
  constructor({ interface: at, book, clock, onError, open = openPacketSocket }: ResponderOptions) {
    this.interface = at
    this.#station = { interfaceName: at.name, mac: at.mac }
    this.#book = book
    this.#guarded = guard(this, onError)
    this.#replies = Array.from({ length: batchSlots }, () => ({ data: replyTemplate(this.#station) }))
    this.#socket = open({
      interfaceIndex: at.index,
      protocol: ETH_P_ARP,
      filter: arpRequestFilter(at.index),
    })
    this.#outbox = new Outbox({
      ...{ clock, guarded: this.#guarded, allows: (holding) => holding.allows(at.name) },
      send: (announcements) => sendAll(this.#socket, announcements),
    })
    this.#socket.watch(() => this.#guarded(() => this.#onReadable()))
  }

  /** Requests are broadcast: there is nothing to prepare. */
  hold(): void {}
  free(): void {}

  announce(holdings: readonly Holding[]): void {
    const { mac } = this.interface
    const framesOf = ({ address }: Holding) => announcementFrames(mac, Number(address.value))
    this.#outbox.send(holdings.flatMap((holding) => framesOf(holding).map((data) => ({ holding, data }))))
  }

  close(): void {
    this.#outbox.close()
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
    const taken = sendAll(this.#socket, this.#replies.slice(0, answers))
    for (let sent = 0; sent < taken; sent++) this.#count(this.#replies[sent]!.data)
  }

  #count(reply: Uint8Array): void {
    this.#book.ipv4(ipv4Key(reply, arpOffset.senderAddress))!.counters.responsesSent++
  }
}
