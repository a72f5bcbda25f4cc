import type { dumpLinks, NetlinkEvent, subscribeNetlink } from '../../net/netlink.ts'
import type { InterfaceTable } from './interfaces.ts'

/** Where links are learnt from: the kernel's netlink, or a test's stand-in. */
export interface LinkSource {
  dump: typeof dumpLinks
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
  /** Events that arrive while links are read: applied afterwards, since the reading may be older. */
  #pending: NetlinkEvent[] | undefined
  #closed = false

  constructor(options: InterfaceWatchOptions) {
    this.#options = options
    this.#subscription = options.source.subscribe({
      groups: ['link'],
      onEvent: (event) => this.#onEvent(event),
      onError: options.onError,
    })
  }

  async read(): Promise<void> {
    const pending: NetlinkEvent[] = []
    this.#pending = pending
    const links = await this.#options.source.dump()
    if (this.#closed || this.#pending !== pending) return
    this.#pending = undefined
    this.#options.table.replace(links)
    for (const event of pending) this.#options.table.apply(event)
    this.#options.onChange()
  }

  close(): void {
    this.#closed = true
    this.#subscription.close()
  }

  #onEvent(event: NetlinkEvent): void {
    if (event.type === 'overrun') {
      this.read().catch(this.#options.onError)
    } else if (this.#pending) {
      this.#pending.push(event)
    } else {
      this.#options.table.apply(event)
      this.#options.onChange()
    }
  }
}
