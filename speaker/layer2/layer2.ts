import type { Address } from '../../net/address.ts'
import { announcementFrames } from './arp.ts'
import { type AddressCounters, AnnouncementBook, type Holding, type Interfaces } from './book.ts'
import { type LinkSource, watchInterfaces } from './interface-watch.ts'
import { type Interface, InterfaceTable } from './interfaces.ts'
import { ArpResponder } from './responder.ts'
import { type BurstClock, Unsolicited } from './unsolicited.ts'

/** A socket that failed for no reason that netlink tells us of is opened again after this. */
const reopenMillis = 1000

export interface Layer2Options {
  links: LinkSource
  clock: BurstClock
  /** Interfaces that are never used. */
  excluded: RegExp | undefined
  report: Layer2Reports
}

/** What the owner of layer 2 may want to know or log. */
export interface Layer2Reports {
  /** Interfaces came, went or changed. */
  interfacesChanged(): void
  opened(at: Interface): void
  closed(at: Interface): void
  /** `at` is undefined when it is the watching of interfaces that failed. */
  failed(error: Error, at: Interface | undefined): void
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
  readonly #responders = new Map<number, ArpResponder>()
  readonly #unsolicited: Unsolicited<Holding>
  #watch: { close(): void } | undefined
  #reopening: unknown
  #closed = false

  constructor(options: Layer2Options) {
    this.#options = options
    this.#table = new InterfaceTable(options.excluded)
    this.#unsolicited = new Unsolicited(options.clock, (holdings) =>
      this.#announce(holdings, this.#responders.values()),
    )
  }

  async start(): Promise<void> {
    this.#watch = await watchInterfaces({
      table: this.#table,
      source: this.#options.links,
      onChange: () => this.#reconcile(),
      onError: (error) => this.#options.report.failed(error as Error, undefined),
    })
  }

  /** Answers for the address at once, and tells the network. */
  announce(service: string, address: Address, interfaces: Interfaces): void {
    this.#unsolicited.start(this.#book.hold(service, address, interfaces))
  }

  /** Stops answering for what no other Service holds. There is no farewell packet: the next owner's announcement is it. */
  withdraw(service: string): void {
    for (const holding of this.#book.release(service)) this.#unsolicited.stop(holding)
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
    this.#unsolicited.close()
    if (this.#reopening !== undefined) this.#options.clock.clearTimeout(this.#reopening)
    for (const responder of this.#responders.values()) responder.close()
    this.#responders.clear()
  }

  /** Makes the responders those of the suitable interfaces. */
  #reconcile(): void {
    if (this.#closed) return
    const wanted = new Map(this.#table.suitable().map((at) => [at.index, at]))
    for (const { interface: at } of this.#responders.values()) {
      if (!isSame(at, wanted.get(at.index))) this.#close(at)
    }
    for (const at of wanted.values()) {
      if (!this.#responders.has(at.index)) this.#open(at)
    }
    this.#options.report.interfacesChanged()
  }

  #open(at: Interface): void {
    try {
      const onError = (error: Error): void => this.#onFailure(error, at)
      const responder = new ArpResponder({ interface: at, book: this.#book, onError })
      this.#responders.set(at.index, responder)
      this.#options.report.opened(at)
      this.#announce([...this.#book.holdings()], [responder])
    } catch (error) {
      this.#onFailure(error as Error, at)
    }
  }

  #close(at: Interface): void {
    this.#responders.get(at.index)?.close()
    this.#responders.delete(at.index)
    this.#options.report.closed(at)
  }

  #onFailure(error: Error, at: Interface): void {
    this.#responders.delete(at.index)
    this.#options.report.failed(error, at)
    this.#reopening ??= this.#options.clock.setTimeout(() => {
      this.#reopening = undefined
      this.#reconcile()
    }, reopenMillis)
  }

  #announce(holdings: readonly Holding[], responders: Iterable<ArpResponder>): void {
    for (const responder of responders) {
      const { name, mac } = responder.interface
      const frames = holdings
        .filter((holding) => holding.address.family === 4 && holding.allows(name))
        .flatMap((holding) => countedFrames(holding, mac))
      if (frames.length > 0) responder.send(frames)
    }
  }
}

function countedFrames(holding: Holding, mac: Uint8Array): Uint8Array[] {
  const frames = announcementFrames(mac, Number(holding.address.value))
  holding.counters.gratuitousSent += frames.length
  return frames
}

function isSame(a: Interface, b: Interface | undefined): boolean {
  return a.name === b?.name && Buffer.compare(a.mac, b.mac) === 0
}
