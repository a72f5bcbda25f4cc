import type { Address, Family } from '../../net/address.ts'
import type { AddressRange } from '../../net/range.ts'
import { FrameBatch, type RawSocket, ReceiveBatch } from '../../net/rawnet/index.ts'
import type { Book, Holding } from './book.ts'
import type { Claim } from './claim.ts'
import type { Dialect } from './dialect.ts'
import type { Interface } from './interfaces.ts'
import { Outbox } from './outbox.ts'
import { attachFirst, openPacketSocket, sendFrame, sendFrames } from './packet-socket.ts'
import { SolicitedGroups } from './solicited-groups.ts'
import type { BurstClock } from './unsolicited.ts'

export interface ResponderOptions {
  readonly interface: Interface
  readonly dialect: Dialect
  readonly book: Book
  readonly ranges: readonly AddressRange[]
  readonly clock: Pick<BurstClock, 'setTimeout' | 'clearTimeout'>
  readonly onClaim: (claim: Claim) => void
  /** The responder failed and is closed, for example because the interface is gone. */
  readonly onError: (error: Error) => void
  /** Default: {@link openPacketSocket}. */
  readonly open?: typeof openPacketSocket | undefined
}

/** A batch is read in one system call and answered in one. */
const batchSlots = 64
/** Then the event loop has its turn; what still waits wakes us again. */
const batchesPerTurn = 8

/** Answers for the addresses of one family on one interface, from a packet socket of its own. */
export class Responder {
  readonly family: Family
  readonly interface: Interface
  readonly #dialect: Dialect
  readonly #book: Book
  readonly #onClaim: (claim: Claim) => void
  readonly #onError: (error: Error) => void
  readonly #socket: RawSocket
  /** To hear solicitations; ARP is broadcast. */
  readonly #groups: SolicitedGroups | undefined
  readonly #announcements: Outbox
  readonly #probes: Outbox
  readonly #received: ReceiveBatch
  readonly #replies: FrameBatch
  /** The addresses that the replies tell of. */
  readonly #answered: (Holding | undefined)[] = Array.from({ length: batchSlots }, () => undefined)
  readonly #claims: Claim[] = []
  #hasFailed = false

  /** Throws RawnetError. */
  constructor(options: ResponderOptions) {
    const { interface: at, dialect, book, ranges, clock, onClaim, onError, open = openPacketSocket } = options
    this.interface = at
    this.family = dialect.family
    this.#dialect = dialect
    this.#book = book
    this.#onClaim = onClaim
    this.#onError = onError
    this.#received = new ReceiveBatch({ slots: batchSlots, slotBytes: dialect.frameBytes })
    this.#replies = new FrameBatch({ slots: batchSlots, frameBytes: dialect.replyBlank.length })
    for (const frame of this.#replies.frames) frame.set(dialect.replyBlank)
    const address = { interfaceIndex: at.index, protocol: dialect.etherType }
    this.#socket = open({ ...address, filters: dialect.filters(ranges), ring: dialect.ring })
    this.#groups = dialect.family === 6 ? new SolicitedGroups(at.index) : undefined
    const outbox = { socket: this.#socket, clock, guarded: (act: () => void) => this.#guarded(act) }
    this.#announcements = new Outbox({
      ...{ ...outbox, form: dialect.announcement },
      allows: (holding) => holding.role === 'own' && this.#mayBeUsed(holding),
      onSent: ({ counters }, frames) => {
        counters.gratuitousSent += frames
      },
    })
    this.#probes = new Outbox({ ...outbox, form: dialect.probe, allows: (holding) => this.#mayBeUsed(holding) })
    this.#socket.watch(() => this.#onReadable())
  }

  /** The address is answered, or asked for, from now on. */
  attend({ address }: Holding): void {
    this.#guarded(() => this.#groups?.add(address))
  }

  /** It is no more. */
  ignore({ address }: Holding): void {
    this.#guarded(() => this.#groups?.remove(address))
  }

  /** Tells everybody, unasked. */
  announce(holdings: Iterable<Holding>): void {
    this.#announcements.send(holdings)
  }

  /** Asks everybody. */
  probe(holdings: Iterable<Holding>): void {
    this.#probes.send(holdings)
  }

  /** Asks one neighbour. */
  solicit(address: Address, mac: Uint8Array): void {
    this.#guarded(() => sendFrame(this.#socket, this.#dialect.solicitation(address, mac)))
  }

  setRanges(ranges: readonly AddressRange[]): void {
    this.#guarded(() => attachFirst(this.#socket, this.#dialect.filters(ranges)))
  }

  close(): void {
    this.#announcements.close()
    this.#probes.close()
    this.#socket.close()
    this.#groups?.close()
  }

  #mayBeUsed(holding: Holding): boolean {
    return holding.users > 0 && holding.allows(this.interface.name)
  }

  #onReadable(): void {
    this.#guarded(this.#receive)
    // Last, since whoever is told may let go of this responder.
    while (this.#claims.length > 0) this.#onClaim(this.#claims.shift()!)
  }

  readonly #receive = (): void => {
    for (let round = 0; round < batchesPerTurn; round++) {
      const received = this.#socket.receiveBatch(this.#received)
      if (received > 0) this.#answer(received)
      if (received < batchSlots) return
    }
  }

  #answer(received: number): void {
    let answers = 0
    for (let slot = 0; slot < received; slot++) {
      const frame = this.#received.data(slot)
      const verdict = this.#dialect.answer(frame, frame.length, this.#book, this.#replies.frames[answers]!)
      if (typeof verdict !== 'string') this.#answered[answers++] = verdict
      const claim = this.#dialect.claim(frame, frame.length, this.#book)
      if (claim !== undefined) this.#claims.push(claim)
    }
    const taken = answers > 0 ? sendFrames(this.#socket, this.#replies, answers) : 0
    for (let sent = 0; sent < taken; sent++) this.#answered[sent]!.counters.responsesSent++
  }

  /** Runs what may fail, until it fails: then the responder is closed and reported, once. */
  #guarded(act: () => void): void {
    if (this.#hasFailed) return
    try {
      act()
    } catch (error) {
      this.#hasFailed = true
      this.close()
      this.#onError(error as Error)
    }
  }
}
