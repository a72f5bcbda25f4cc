import type { Address } from '../../net/address.ts'
import { formatMac, parseMac } from '../../net/mac.ts'
import type { AddressRange } from '../../net/range.ts'
import { type AddressCounters, AnnouncementBook, type Holding, type Interfaces, type Role } from './book.ts'
import type { Claim } from './claim.ts'
import { type LinkSource, watchInterfaces } from './interface-watch.ts'
import { type Interface, InterfaceTable } from './interfaces.ts'
import type { Neighbour } from './neighbour.ts'
import type { openPacketSocket } from './packet-socket.ts'
import { Repetition } from './repetition.ts'
import { type Protocol, Responders, type Voice } from './responders.ts'
import type { BurstClock } from './unsolicited.ts'

export interface Layer2Options {
  links: LinkSource
  clock: BurstClock
  /** Interfaces that are never used. */
  excluded: RegExp | undefined
  /** All addresses are announced so often, for switches that forget. Default: never. */
  announceIntervalMillis?: number | undefined
  /** Default: {@link openPacketSocket}. */
  openSocket?: typeof openPacketSocket
  report: Layer2Reports
}

/** What the owner of layer 2 may want to know or log. */
export interface Layer2Reports {
  /** Interfaces came, went or changed. */
  interfacesChanged(): void
  opened(at: Interface, protocol: Protocol): void
  closed(at: Interface, protocol: Protocol): void
  /** `at` is undefined when it is the watching of interfaces that failed. */
  failed(error: Error, at: Interface | undefined): void
  /** Somebody else showed that an address is his. */
  claim(claim: Claim): void
  /** False while no socket is left to hear and answer with; said when it changes, and once at the start. */
  hearing(can: boolean): void
}

/** Answers for addresses on the interfaces of this host, and announces them. Resolves when it answers on all of them. */
export async function startLayer2(options: Layer2Options): Promise<Layer2> {
  const layer2 = new Layer2(options)
  await layer2.start()
  return layer2
}

export class Layer2 {
  readonly #options: Layer2Options
  readonly #book = new AnnouncementBook()
  readonly #table: InterfaceTable
  readonly #responders: Responders
  readonly #repetition: Repetition
  /** Of the suitable interfaces: two of them can be on one wire. */
  #ownMacs: ReadonlySet<string> = new Set()
  #watch: { close(): void } | undefined
  #isHearing: boolean | undefined
  #isClosed = false

  constructor(options: Layer2Options) {
    const { clock, report, excluded, openSocket, announceIntervalMillis } = options
    this.#options = options
    this.#table = new InterfaceTable(excluded)
    this.#responders = new Responders({
      ...{ book: this.#book, clock, openSocket },
      opened: (voice) => this.#onOpened(voice),
      connected: (voice) => voice.unsolicited.restart(this.#own(voice)),
      closed: (voice) => this.#onClosed(voice),
      failed: (error, at) => report.failed(error, at),
      claim: (claim) => this.#onClaim(claim),
    })
    this.#repetition = new Repetition(clock, announceIntervalMillis, () => this.#repeatAll())
  }

  async start(): Promise<void> {
    this.#watch = await watchInterfaces({
      table: this.#table,
      source: this.#options.links,
      clock: this.#options.clock,
      onChange: () => this.#reconcile(),
      onError: (error) => this.#options.report.failed(error as Error, undefined),
    })
  }

  /** The address is in the book from now on, silent until it is given a role. Asked again, the interfaces are replaced. */
  hold(service: string, address: Address, interfaces: Interfaces): void {
    this.#book.hold(service, address, interfaces)
  }

  /** What no other Service holds is forgotten. There is no farewell packet: the next owner's announcement is it. */
  release(service: string): void {
    for (const holding of this.#book.release(service)) this.#silence(holding)
  }

  /** From now on an address of the book is answered like this. `own` begins a burst of announcements, or prolongs it. */
  answer(address: Address, as: Role): void {
    const holding = this.#book.cast(address, as)
    if (holding === undefined) return
    if (as === 'nobody') this.#silence(holding)
    else this.#attend(holding)
  }

  /** Tells the network at once where addresses are that are answered as `own`, and begins their bursts anew. */
  announceAgain(addresses: readonly Address[] | 'all'): void {
    const holdings = addresses === 'all' ? [...this.#book.holdings()] : this.#find(addresses)
    const own = holdings.filter(({ role }) => role === 'own')
    for (const voice of this.#voices()) voice.unsolicited.restart(own.filter(isOfFamily(voice)))
  }

  /** Asks once, on every interface where they are allowed, who has these addresses of the book: see {@link Claim}. */
  probe(addresses: readonly Address[]): void {
    const holdings = this.#find(addresses)
    for (const voice of this.#voices()) {
      const asked = holdings.filter(isOfFamily(voice))
      for (const holding of asked) voice.responder.attend(holding)
      voice.responder.probe(asked)
    }
  }

  /** Asks once, on every interface, whether other nodes are still where they were: see {@link Claim}. */
  solicit(neighbours: readonly Neighbour[]): void {
    for (const { mac, ipv4, ipv6 } of neighbours) {
      const bytes = parseMac(mac)
      for (const { responder } of this.#voices()) {
        const address = responder.family === 4 ? ipv4 : ipv6
        if (address !== undefined) responder.solicit(address, bytes)
      }
    }
  }

  /** The pools: frames about other addresses are not heard. Until it is said first, all are. */
  setRanges(ranges: readonly AddressRange[]): void {
    this.#responders.setRanges(ranges)
  }

  /** True also for interfaces that are down. */
  hasInterface(name: string): boolean {
    return this.#table.exists(name)
  }

  /** Where there is an open socket. */
  interfaceNames(): string[] {
    return [...new Set(this.#voices().map(({ responder }) => responder.interface.name))]
  }

  /** Where others find this node itself, to be told to them. */
  whereabouts(): Neighbour[] {
    return this.#table.whereabouts()
  }

  counters(): ReadonlyMap<string, AddressCounters> {
    return this.#book.counters()
  }

  close(): void {
    this.#isClosed = true
    this.#watch?.close()
    this.#repetition.close()
    this.#responders.close()
  }

  /** Those of now: what is done with one may close another. */
  #voices(): Voice[] {
    return [...this.#responders.voices()]
  }

  #voicesFor({ address }: Holding): Voice[] {
    return this.#voices().filter(({ responder }) => responder.family === address.family)
  }

  #find(addresses: readonly Address[]): Holding[] {
    return addresses.flatMap((address) => this.#book.find(address) ?? [])
  }

  #own(voice: Voice): Holding[] {
    return [...this.#book.holdings()].filter(isOfFamily(voice)).filter(({ role }) => role === 'own')
  }

  #attend(holding: Holding): void {
    for (const { responder, unsolicited } of this.#voicesFor(holding)) {
      responder.attend(holding)
      if (holding.role === 'own') unsolicited.start([holding])
      else unsolicited.stop(holding)
    }
  }

  #silence(holding: Holding): void {
    for (const { responder, unsolicited } of this.#voicesFor(holding)) {
      unsolicited.stop(holding)
      responder.ignore(holding)
    }
  }

  #repeatAll(): void {
    for (const voice of this.#voices()) voice.responder.announce(this.#own(voice))
  }

  /** Makes the responders those of the suitable interfaces. */
  #reconcile(): void {
    if (this.#isClosed) return
    const interfaces = this.#table.suitable()
    this.#ownMacs = new Set(interfaces.map(({ mac }) => formatMac(mac)))
    this.#responders.follow(interfaces)
    this.#tellHearing()
    this.#options.report.interfacesChanged()
  }

  #onOpened(voice: Voice): void {
    this.#options.report.opened(voice.responder.interface, voice.protocol)
    const answered = [...this.#book.holdings()].filter(isOfFamily(voice)).filter(({ role }) => role !== 'nobody')
    for (const holding of answered) voice.responder.attend(holding)
    this.#tellHearing()
  }

  #onClosed({ responder, protocol }: Voice): void {
    this.#options.report.closed(responder.interface, protocol)
    this.#tellHearing()
  }

  #tellHearing(): void {
    const can = this.#responders.count > 0
    if (can === this.#isHearing || this.#isClosed) return
    this.#isHearing = can
    this.#options.report.hearing(can)
  }

  /** Two interfaces of one host can be on one wire. */
  #onClaim(claim: Claim): void {
    if (!this.#ownMacs.has(claim.sender)) this.#options.report.claim(claim)
  }
}

function isOfFamily({ responder }: Voice): (holding: Holding) => boolean {
  return ({ address }) => address.family === responder.family
}
