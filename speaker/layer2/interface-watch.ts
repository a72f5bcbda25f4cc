import type { dumpAddresses, dumpLinks, NetlinkEvent, subscribeNetlink } from '../../net/netlink.ts'
import type { InterfaceTable } from './interfaces.ts'

/** Where links are learnt from: the kernel's netlink, or a test's stand-in. */
export interface LinkSource {
  dumpLinks: typeof dumpLinks
  dumpAddresses: typeof dumpAddresses
  subscribe: typeof subscribeNetlink
}

export interface InterfaceWatchOptions {
  table: InterfaceTable
  source: LinkSource
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
  /** Events were lost, and reading anew has failed so far. */
  #stale = false
  #closed = false

  constructor(options: InterfaceWatchOptions) {
    this.#options = options
    this.#subscription = options.source.subscribe({
      groups: ['link', 'ipv6-address'],
      onEvent: (event) => this.#onEvent(event),
      onError: options.onError,
    })
  }

  async read(): Promise<void> {
    const pending: NetlinkEvent[] = []
    this.#pending = pending
    this.#latest = pending
    this.#stale = true
    const { dumpLinks, dumpAddresses } = this.#options.source
    const reading = Promise.all([dumpLinks(), dumpAddresses()])
    const [links, addresses] = await reading.finally(() => this.#endReading(pending))
    if (this.#closed || this.#latest !== pending) return
    this.#stale = false
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
  }

  #onEvent(event: NetlinkEvent): void {
    if (this.#pending && event.type !== 'overrun') {
      this.#pending.push(event)
    } else if (this.#stale || event.type === 'overrun') {
      this.read().catch(this.#options.onError)
    } else {
      this.#options.table.apply(event)
      this.#options.onChange()
    }
  }
}
