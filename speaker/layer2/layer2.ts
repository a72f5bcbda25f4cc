import type { Address } from '../../net/address.ts'
import type { AddressRange } from '../../net/range.ts'
import { ArpResponder } from './arp-responder.ts'
import { type AddressCounters, AnnouncementBook, type Holding, type Interfaces, type Role } from './book.ts'
import type { Claim } from './claim.ts'
import { type LinkSource, watchInterfaces } from './interface-watch.ts'
import { type Interface, InterfaceTable } from './interfaces.ts'
import { NdpResponder } from './ndp-responder.ts'
import type { openPacketSocket, Responder, ResponderOptions } from './responder.ts'
import { type BurstClock, Unsolicited } from './unsolicited.ts'

/** A socket that failed for no reason that netlink tells us of is opened again after this. */
const reopenMillis = 1000

export interface Layer2Options {
  links: LinkSource
  clock: BurstClock
  /** Interfaces that are never used. */
  excluded: RegExp | undefined
  /** Default: {@link openPacketSocket}. */
  openSocket?: typeof openPacketSocket
  report: Layer2Reports
}

type Protocol = 'arp' | 'ndp'

interface ProtocolRow {
  readonly name: Protocol
  /** What a responder is made of: with another text it is made anew; undefined where none is wanted. */
  readonly identity: (at: Interface) => string | undefined
  readonly create: (options: ResponderOptions) => Responder
}

const protocols: readonly ProtocolRow[] = [
  {
    name: 'arp',
    identity: ({ name, mac, arp }) => (arp ? `${name} ${mac}` : undefined),
    create: (options) => new ArpResponder(options),
  },
  {
    name: 'ndp',
    identity: ({ name, mac, linkLocal }) => linkLocal && `${name} ${mac} ${linkLocal.value}`,
    create: (options) => new NdpResponder(options),
  },
]

/** What the owner of layer 2 may want to know or log. */
export interface Layer2Reports {
  /** Interfaces came, went or changed. */
  interfacesChanged(): void
  opened(at: Interface, protocol: Protocol): void
  closed(at: Interface, protocol: Protocol): void
  /** `at` is undefined when it is the watching of interfaces that failed. */
  failed(error: Error, at: Interface | undefined): void
  /** Somebody else showed that an address is his. Never about a MAC of this host. */
  claim?(claim: Claim): void
  /** False while no socket is left to hear and answer with; said when it changes, and once at the start. */
  hearing?(can: boolean): void
}

/** Where another node is on the network: what its membership tells. */
export interface Neighbour {
  readonly mac: string
  readonly ipv4?: Address
  readonly ipv6?: Address
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
  /** By interface index and protocol. */
  readonly #responders = new Map<string, Open>()
  #watch: { close(): void } | undefined
  #reopening: unknown
  #closed = false

  constructor(options: Layer2Options) {
    this.#options = options
    this.#table = new InterfaceTable(options.excluded)
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
    const holding = this.#book.hold(service, address, interfaces)
    for (const { responder } of this.#respondersFor(holding)) responder.hold(holding)
  }

  /** What no other Service holds is forgotten. There is no farewell packet: the next owner's announcement is it. */
  release(service: string): void {
    for (const holding of this.#book.release(service)) {
      for (const { responder, unsolicited } of this.#respondersFor(holding)) {
        unsolicited.stop(holding)
        responder.free(holding)
      }
    }
  }

  /** From now on an address of the book is answered like this. `own` begins a burst of announcements. */
  answer(address: Address, as: Role): void {
    const holding = this.#book.cast(address, as)
    if (holding === undefined) return
    for (const { unsolicited } of this.#respondersFor(holding)) {
      if (as === 'own') unsolicited.start([holding])
      else unsolicited.stop(holding)
    }
  }

  /** Tells the network once more where addresses are that are answered as `own`, and begins their bursts anew. */
  announceAgain(_addresses: readonly Address[] | 'all'): void {}

  /** Asks once, on every interface where they are allowed, who has these addresses of the book: see `claim`. */
  probe(_addresses: readonly Address[]): void {}

  /** Asks once, on every interface, whether a node is where it was last: see `claim`. */
  solicit(_neighbours: readonly Neighbour[]): void {}

  /** The pools: frames about other addresses are not heard. Until it is said first, all are. */
  setRanges(_ranges: readonly AddressRange[]): void {}

  /** Where there is an open socket. */
  interfaceNames(): string[] {
    return [...new Set(this.#responders.values().map(({ responder }) => responder.interface.name))]
  }

  /** Answers for the address at once, and tells the network. */
  announce(service: string, address: Address, interfaces: Interfaces): void {
    this.hold(service, address, interfaces)
    this.answer(address, 'own')
  }

  withdraw(service: string): void {
    this.release(service)
  }

  /** True also for interfaces that are down. */
  hasInterface(name: string): boolean {
    return this.#table.exists(name)
  }

  counters(): ReadonlyMap<string, AddressCounters> {
    return this.#book.counters()
  }

  close(): void {
    this.#closed = true
    this.#watch?.close()
    if (this.#reopening !== undefined) this.#options.clock.clearTimeout(this.#reopening)
    for (const open of this.#responders.values()) closeBoth(open)
    this.#responders.clear()
  }

  #respondersFor({ address }: Holding): Open[] {
    return [...this.#responders.values()].filter(({ responder }) => responder.family === address.family)
  }

  /** Makes the responders those of the suitable interfaces. */
  #reconcile(): void {
    if (this.#closed) return
    const wanted = wantedOn(this.#table.suitable())
    for (const [key, { identity }] of this.#responders) {
      if (wanted.get(key)?.identity !== identity) this.#close(key)
    }
    for (const [key, one] of wanted) if (!this.#responders.has(key)) this.#open(key, one)
    this.#options.report.interfacesChanged()
  }

  #open(key: string, { at, row, identity }: Wanted): void {
    const { clock, openSocket, report } = this.#options
    try {
      const onError = (error: Error): void => this.#onFailure(error, key, at)
      const responder = row.create({ interface: at, book: this.#book, clock, onError, open: openSocket })
      const unsolicited = new Unsolicited<Holding>(clock, (holdings) => announceOn(responder, holdings))
      this.#responders.set(key, { responder, unsolicited, identity, protocol: row.name })
      report.opened(at, row.name)
      const holdings = [...this.#book.holdings()].filter(({ address }) => address.family === responder.family)
      for (const holding of holdings) responder.hold(holding)
      unsolicited.start(holdings)
    } catch (error) {
      this.#onFailure(error as Error, key, at)
    }
  }

  #close(key: string): void {
    const open = this.#responders.get(key)!
    closeBoth(open)
    this.#responders.delete(key)
    this.#options.report.closed(open.responder.interface, open.protocol)
  }

  #onFailure(error: Error, key: string, at: Interface): void {
    this.#responders.get(key)?.unsolicited.close()
    this.#responders.delete(key)
    this.#options.report.failed(error, at)
    this.#reopening ??= this.#options.clock.setTimeout(() => {
      this.#reopening = undefined
      this.#reconcile()
    }, reopenMillis)
  }
}

interface Open {
  readonly responder: Responder
  /** Bursts of this responder's own: it may have been opened, and its neighbours forgotten us, when no other was. */
  readonly unsolicited: Unsolicited<Holding>
  readonly protocol: Protocol
  readonly identity: string
}

interface Wanted {
  readonly at: Interface
  readonly row: ProtocolRow
  readonly identity: string
}

/** By interface index and protocol. */
function wantedOn(interfaces: readonly Interface[]): Map<string, Wanted> {
  const wanted = new Map<string, Wanted>()
  for (const at of interfaces) {
    for (const row of protocols) {
      const identity = row.identity(at)
      if (identity !== undefined) wanted.set(`${at.index} ${row.name}`, { at, row, identity })
    }
  }
  return wanted
}

function closeBoth({ responder, unsolicited }: Open): void {
  unsolicited.close()
  responder.close()
}

function announceOn(responder: Responder, holdings: readonly Holding[]): void {
  const { family, interface: at } = responder
  const own = holdings.filter((holding) => holding.address.family === family && holding.allows(at.name))
  if (own.length > 0) responder.announce(own)
}
