import type { AddressRange } from '../../net/range.ts'
import { ArpDialect } from './arp-dialect.ts'
import type { Book, Holding } from './book.ts'
import type { Claim } from './claim.ts'
import type { Dialect } from './dialect.ts'
import type { Interface } from './interfaces.ts'
import { NdpDialect } from './ndp-dialect.ts'
import type { openPacketSocket } from './packet-socket.ts'
import { Responder } from './responder.ts'
import { type BurstClock, Unsolicited } from './unsolicited.ts'

/** A socket that failed, or cannot be opened, is opened again after this. */
export const reopenMillis = 100

export type Protocol = 'arp' | 'ndp'

/** Answers on one interface, and its bursts: it may have been opened, and its neighbours forgotten us, when no other was. */
export interface Voice {
  readonly protocol: Protocol
  readonly responder: Responder
  readonly unsolicited: Unsolicited<Holding>
}

export interface RespondersOptions {
  readonly book: Book
  readonly clock: BurstClock
  /** Default: {@link openPacketSocket}. */
  readonly openSocket?: typeof openPacketSocket | undefined
  /** Before anything else is done with it. */
  opened(voice: Voice): void
  /** There may be somebody on the wire who has heard nothing yet. */
  connected(voice: Voice): void
  closed(voice: Voice): void
  /** Told once, until it is open. */
  failed(error: Error, at: Interface): void
  claim(claim: Claim): void
}

interface Row {
  readonly protocol: Protocol
  /** What a responder is made of: with another text it is made anew; undefined where none is wanted. */
  readonly identity: (at: Interface) => string | undefined
  readonly dialect: (at: Interface) => Dialect
}

const rows: readonly Row[] = [
  {
    protocol: 'arp',
    identity: ({ name, mac, arp }) => (arp ? `${name} ${mac}` : undefined),
    dialect: (at) => new ArpDialect(at),
  },
  {
    protocol: 'ndp',
    identity: ({ name, mac, linkLocal }) => linkLocal && `${name} ${mac} ${linkLocal.value}`,
    dialect: (at) => new NdpDialect(at),
  },
]

interface Wanted {
  readonly at: Interface
  readonly row: Row
  readonly identity: string
}

interface Open extends Voice {
  readonly identity: string
  hasCarrier: boolean
}

/** The responders of the suitable interfaces: opened, closed, and opened again when they fail. */
export class Responders {
  readonly #options: RespondersOptions
  /** By interface index and protocol, as all of these. */
  readonly #open = new Map<string, Open>()
  readonly #failing = new Set<string>()
  #wanted: ReadonlyMap<string, Wanted> = new Map()
  #ranges: readonly AddressRange[] = everything
  #reopening: unknown

  constructor(options: RespondersOptions) {
    this.#options = options
  }

  voices(): MapIterator<Voice> {
    return this.#open.values()
  }

  get count(): number {
    return this.#open.size
  }

  setRanges(ranges: readonly AddressRange[]): void {
    this.#ranges = ranges
    for (const { responder } of [...this.#open.values()]) responder.setRanges(ranges)
  }

  /** Makes the responders those of these interfaces. */
  follow(interfaces: readonly Interface[]): void {
    this.#wanted = wantedOn(interfaces)
    for (const [key, { identity }] of this.#open) {
      if (this.#wanted.get(key)?.identity !== identity) this.#close(key)
    }
    for (const key of this.#failing) if (!this.#wanted.has(key)) this.#failing.delete(key)
    for (const [key, wanted] of this.#wanted) this.#keep(key, wanted)
  }

  close(): void {
    this.#wanted = new Map()
    if (this.#reopening !== undefined) this.#options.clock.clearTimeout(this.#reopening)
    for (const voice of this.#open.values()) hush(voice)
    this.#open.clear()
  }

  #keep(key: string, wanted: Wanted): void {
    const open = this.#open.get(key)
    if (open === undefined) this.#tryToOpen(key, wanted)
    else this.#setCarrier(open, wanted.at.carrier)
  }

  #setCarrier(open: Open, hasCarrier: boolean): void {
    const isConnected = hasCarrier && !open.hasCarrier
    open.hasCarrier = hasCarrier
    if (isConnected) this.#options.connected(open)
  }

  #tryToOpen(key: string, wanted: Wanted): void {
    try {
      const open = this.#create(key, wanted)
      this.#open.set(key, open)
      this.#failing.delete(key)
      this.#options.opened(open)
      this.#options.connected(open)
    } catch (error) {
      this.#fail(key, wanted.at, error as Error)
    }
  }

  #create(key: string, { at, row, identity }: Wanted): Open {
    const { book, clock, claim, openSocket } = this.#options
    const responder = new Responder({
      ...{
        interface: at,
        dialect: row.dialect(at),
        book,
        ranges: this.#ranges,
        clock,
        onClaim: claim,
        open: openSocket,
      },
      onError: (error) => this.#fail(key, at, error),
    })
    const unsolicited = new Unsolicited<Holding>(clock, (holdings) => responder.announce(holdings))
    return { protocol: row.protocol, responder, unsolicited, identity, hasCarrier: at.carrier }
  }

  #close(key: string): void {
    const voice = this.#open.get(key)!
    hush(voice)
    this.#open.delete(key)
    this.#options.closed(voice)
  }

  #fail(key: string, at: Interface, error: Error): void {
    if (this.#open.has(key)) this.#close(key)
    if (!this.#failing.has(key)) this.#options.failed(error, at)
    this.#failing.add(key)
    this.#reopening ??= this.#options.clock.setTimeout(() => {
      this.#reopening = undefined
      for (const [missing, wanted] of this.#wanted) if (!this.#open.has(missing)) this.#tryToOpen(missing, wanted)
    }, reopenMillis)
  }
}

/** Until somebody says which addresses matter. */
const everything: readonly AddressRange[] = [
  { family: 4, first: 0n, last: 2n ** 32n - 1n },
  { family: 6, first: 0n, last: 2n ** 128n - 1n },
]

function wantedOn(interfaces: readonly Interface[]): Map<string, Wanted> {
  const wanted = new Map<string, Wanted>()
  for (const at of interfaces) {
    for (const row of rows) {
      const identity = row.identity(at)
      if (identity !== undefined) wanted.set(`${at.index} ${row.protocol}`, { at, row, identity })
    }
  }
  return wanted
}

function hush({ unsolicited, responder }: Voice): void {
  unsolicited.close()
  responder.close()
}
