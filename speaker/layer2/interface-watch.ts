import type { dumpAddresses, dumpLinks, NetlinkEvent, subscribeNetlink } from '../../net/netlink.ts'
import type { InterfaceTable } from './interfaces.ts'
import type { BurstClock } from './unsolicited.ts'

/** After each reading that fails the wait doubles; a quarter more or less keeps the nodes of a cluster apart. */
const retry = { firstMillis: 1000, longestMillis: 30_000, jitter: 0.25 } as const

/** Where links are learnt from: the kernel's netlink, or a test's stand-in. */
export interface LinkSource {
  dumpLinks: typeof dumpLinks
  dumpAddresses: typeof dumpAddresses
  subscribe: typeof subscribeNetlink
}

export interface InterfaceWatchOptions {
  table: InterfaceTable
  source: LinkSource
  clock: Pick<BurstClock, 'setTimeout' | 'clearTimeout'>
  /** Default: Math.random. */
  random?: () => number
  onChange(): void
  onError(error: unknown): void
}

/** Keeps a table up to date. Resolves when the table holds all links. */
export async function watchInterfaces(options: InterfaceWatchOptions): Promise<{ close(): void }> {
  const watch = new InterfaceWatch(options)
  try {
    await watch.read()
  } catch (error) {
    watch.close()
    throw error
  }
  return watch
}

class InterfaceWatch {
  readonly #options: InterfaceWatchOptions
  readonly #subscription: { close(): void }
  /** Events that arrive while links are read: applied afterwards, since what is read may be older. */
  #pending: NetlinkEvent[] | undefined
  /** The pending events of the reading begun last: what an older one brings does not count. */
  #latest: NetlinkEvent[] | undefined
  #reading: Promise<void> = Promise.resolve()
  /** Reading failed, so many times in a row. */
  #failures = 0
  #retrying: unknown
  #closed = false

  constructor(options: InterfaceWatchOptions) {
    this.#options = options
    this.#subscription = options.source.subscribe({
      groups: ['link', 'ipv4-address', 'ipv6-address'],
      onEvent: (event) => this.#onEvent(event),
      onError: options.onError,
    })
  }

  /** Resolves when the table is whole: by this reading or, when events were lost meanwhile, by a later one. */
  read(): Promise<void> {
    this.#reading = this.#read()
    return this.#reading
  }

  async #read(): Promise<void> {
    const pending: NetlinkEvent[] = []
    this.#pending = pending
    this.#latest = pending
    const { dumpLinks, dumpAddresses } = this.#options.source
    const reading = Promise.all([dumpLinks(), dumpAddresses()])
    const [links, addresses] = await reading.finally(() => this.#endReading(pending))
    if (this.#closed) return
    if (this.#latest !== pending) return this.#reading
    this.#failures = 0
    this.#options.table.replace(links, addresses)
    for (const event of pending) this.#options.table.apply(event)
    this.#options.onChange()
  }

  #endReading(pending: NetlinkEvent[]): void {
    if (this.#pending === pending) this.#pending = undefined
  }

  close(): void {
    this.#closed = true
    this.#subscription.close()
    if (this.#retrying !== undefined) this.#options.clock.clearTimeout(this.#retrying)
  }

  #onEvent(event: NetlinkEvent): void {
    if (event.type === 'overrun') {
      if (this.#retrying === undefined) this.#readAgain()
    } else if (this.#pending) {
      this.#pending.push(event)
    } else if (this.#options.table.apply(event)) {
      this.#options.onChange()
    }
  }

  #readAgain(): void {
    this.read().catch((error) => {
      if (this.#closed) return
      this.#options.onError(error)
      if (this.#pending === undefined && this.#retrying === undefined) this.#retry()
    })
  }

  /** Events were lost: until a reading succeeds the table is wrong, maybe with no event to come that tells. */
  #retry(): void {
    const { clock, random = Math.random } = this.#options
    const millis = Math.min(retry.firstMillis * 2 ** this.#failures++, retry.longestMillis)
    const run = (): void => {
      this.#retrying = undefined
      this.#readAgain()
    }
    this.#retrying = clock.setTimeout(run, millis * (1 + retry.jitter * (2 * random() - 1)))
  }
}
