import type { Link, NetlinkEvent } from '../../net/netlink.ts'

/** Why an interface is not used. */
export type Unsuitability = 'excluded' | 'down' | 'enslaved' | 'no-arp' | 'no-broadcast' | 'no-hardware-address'

/** An interface on which ARP is answered. */
export interface Interface {
  readonly index: number
  readonly name: string
  readonly mac: Uint8Array
}

/** MetalLB's rule; undefined when the interface is suitable for ARP. */
export function unsuitability(link: Link, excluded: RegExp | undefined): Unsuitability | undefined {
  // 1. What the administrator has excluded does not exist for us.
  if (excluded?.test(link.name)) return 'excluded'
  // 2. A port of a bridge or bond does not get the frames, its master does.
  if (!link.up) return 'down'
  if (link.master !== undefined) return 'enslaved'
  // 3. ARP makes sense there.
  if (link.noArp) return 'no-arp'
  if (!link.broadcast) return 'no-broadcast'
  return link.hardwareAddress?.length === 6 ? undefined : 'no-hardware-address'
}

/** What is known of the links of this host, kept up to date from netlink events. */
export class InterfaceTable {
  readonly #excluded: RegExp | undefined
  #links = new Map<number, Link>()

  constructor(excluded: RegExp | undefined) {
    this.#excluded = excluded
  }

  replace(links: readonly Link[]): void {
    this.#links = new Map(links.map((link) => [link.index, link]))
  }

  apply(event: NetlinkEvent): void {
    if (event.type === 'link') this.#links.set(event.link.index, event.link)
    if (event.type === 'link-removed') this.#links.delete(event.link.index)
  }

  /** Also of interfaces that are down: an advertisement may name them. */
  exists(name: string): boolean {
    return this.#links.values().some((link) => link.name === name && !this.#excluded?.test(link.name))
  }

  suitable(): Interface[] {
    return [...this.#links.values()]
      .filter((link) => unsuitability(link, this.#excluded) === undefined)
      .map(({ index, name, hardwareAddress }) => ({ index, name, mac: hardwareAddress! }))
  }
}
