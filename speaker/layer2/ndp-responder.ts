import { type RawSocket, ReceiveBatch } from '../../net/rawnet/index.ts'
import type { Book, Holding } from './book.ts'
import { encodeIcmpv6Frame, etherTypeIpv6 } from './icmpv6.ts'
import type { Interface } from './interfaces.ts'
import { advertisementFrame, answerNdp, type NdpStation } from './ndp-answer.ts'
import { solicitationFilter } from './ndp-filter.ts'
import { type Announcement, Outbox } from './outbox.ts'
import { guard, openPacketSocket, type Responder, type ResponderOptions, sendAll } from './responder.ts'
import { SolicitedGroups } from './solicited-groups.ts'

const batchSlots = 64
/** A solicitation with its option has 86 bytes; the rest is for options that we do not know. */
const slotBytes = 256

/**
 * Answers Neighbor Solicitations on one interface. From a packet socket: it hears also those that are sent to an
 * address of ours alone, which the kernel has no reason to deliver, and needs no route to answer.
 */
export class NdpResponder implements Responder {
  readonly family = 6
  readonly interface: Interface
  readonly #station: NdpStation
  readonly #book: Book
  readonly #guarded: (act: () => void) => void
  readonly #socket: RawSocket
  readonly #groups: SolicitedGroups
  readonly #outbox: Outbox
  readonly #batch = new ReceiveBatch({ slots: batchSlots, slotBytes })

  /** Throws RawnetError. Assumes that the interface has a link-local address. */
  constructor({ interface: at, book, clock, onError, open = openPacketSocket }: ResponderOptions) {
    this.interface = at
    this.#station = { interfaceName: at.name, mac: at.mac, linkLocal: at.linkLocal! }
    this.#book = book
    this.#guarded = guard(this, onError)
    this.#groups = new SolicitedGroups(at.index)
    this.#socket = open({
      interfaceIndex: at.index,
      protocol: etherTypeIpv6,
      filter: solicitationFilter(at.index),
    })
    this.#outbox = new Outbox({
      ...{ clock, guarded: this.#guarded, allows: (holding) => holding.allows(at.name) },
      send: (announcements) => sendAll(this.#socket, announcements),
    })
    this.#socket.watch(() => this.#guarded(() => this.#onReadable()))
  }

  hold({ address }: Holding): void {
    this.#guarded(() => this.#groups.add(address))
  }

  free({ address }: Holding): void {
    this.#guarded(() => this.#groups.remove(address))
  }

  announce(holdings: readonly Holding[]): void {
    const frameOf = ({ address }: Holding) => encodeIcmpv6Frame(advertisementFrame(address, this.#station))
    this.#outbox.send(holdings.map((holding) => ({ holding, data: frameOf(holding) })))
  }

  close(): void {
    this.#outbox.close()
    this.#socket.close()
    this.#groups.close()
  }

  #onReadable(): void {
    const received = this.#socket.receiveBatch(this.#batch)
    const replies: Announcement[] = []
    for (let slot = 0; slot < received; slot++) {
      const verdict = answerNdp(this.#batch.data(slot), this.#station, this.#book)
      if (verdict.kind !== 'answer') continue
      replies.push({ holding: verdict.holding, data: encodeIcmpv6Frame(verdict.reply) })
    }
    const taken = sendAll(this.#socket, replies)
    for (const { holding } of replies.slice(0, taken)) holding.counters.responsesSent++
  }
}
