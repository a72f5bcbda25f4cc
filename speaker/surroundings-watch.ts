import type { Clock, Timer } from '../kube/clock.ts'
import type { dumpLinks, dumpRoutes, Link, NetlinkEvent, Route, subscribeNetlink } from '../net/netlink.ts'
import { bearsOnSurroundings, type Surroundings, surroundingsOf } from './surroundings.ts'

/** Where surroundings are learnt from: the kernel's netlink, or a test's stand-in. */
export interface SurroundingsSource {
  readonly dumpLinks: typeof dumpLinks
  readonly dumpRoutes: typeof dumpRoutes
  readonly subscribe: typeof subscribeNetlink
}

export interface SurroundingsWatchOptions {
  readonly source: SurroundingsSource
  /** Interfaces that are never used. */
  readonly excluded: RegExp | undefined
  readonly clock: Clock
  /** Called with the first ones too, and with what they were read from. */
  readonly onChange: (
    surroundings: Surroundings,
    tables: { readonly links: readonly Link[]; readonly routes: readonly Route[] },
  ) => void
  readonly onError: (error: unknown) => void
}

/** The tables are read whole: seldom, since hosts may have many routes. A burst of changes is one reading. */
const pace = { burstMillis: 50, leastMillis: 1000, afterFailureMillis: 10_000 } as const

/** Keeps up with what the node sees around it. */
export class SurroundingsWatch {
  readonly #options: SurroundingsWatchOptions
  readonly #subscription: { close(): void }
  #current: Surroundings = { gateways: [], networks: [], macs: [] }
  #readAtMillis = Number.NEGATIVE_INFINITY
  #timer: Timer | undefined
  #isReading = false
  /** Something changed while the tables were read: what was read may be older. */
  #isStale = false
  #isClosed = false

  constructor(options: SurroundingsWatchOptions) {
    this.#options = options
    this.#subscription = options.source.subscribe({
      groups: ['link', 'ipv4-route', 'ipv6-route'],
      onEvent: (event) => this.#onEvent(event),
      onError: options.onError,
    })
    void this.#read()
  }

  get current(): Surroundings {
    return this.#current
  }

  close(): void {
    this.#isClosed = true
    this.#subscription.close()
    this.#options.clock.clearTimeout(this.#timer)
  }

  #onEvent(event: NetlinkEvent): void {
    if (!bearsOnSurroundings(event)) return
    if (this.#isReading) this.#isStale = true
    else this.#readIn(pace.burstMillis)
  }

  #readIn(millis: number): void {
    const { clock } = this.#options
    const earliestMillis = this.#readAtMillis + pace.leastMillis - clock.now()
    this.#timer ??= clock.setTimeout(() => void this.#read(), Math.max(millis, earliestMillis))
  }

  async #read(): Promise<void> {
    const { source, excluded, clock, onChange, onError } = this.#options
    this.#timer = undefined
    this.#isReading = true
    this.#isStale = false
    this.#readAtMillis = clock.now()
    let nextMillis: number | undefined
    try {
      const [links, routes] = await Promise.all([source.dumpLinks(), source.dumpRoutes()])
      if (this.#isClosed) return
      this.#current = surroundingsOf(links, routes, excluded)
      onChange(this.#current, { links, routes })
    } catch (error) {
      onError(error)
      nextMillis = pace.afterFailureMillis
    } finally {
      this.#isReading = false
    }
    if (this.#isStale) nextMillis = pace.burstMillis
    if (nextMillis !== undefined && !this.#isClosed) this.#readIn(nextMillis)
  }
}
