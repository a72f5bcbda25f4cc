import type { Address } from '../../net/address.ts'
import type { Link, LinkAddress, NetlinkEvent } from '../../net/netlink.ts'

/** Why an interface is not used. */
export type Unsuitability = 'excluded' | 'down' | 'enslaved' | 'no-arp' | 'no-hardware-address'

/** An interface on which addresses are answered. */
export interface Interface {
  readonly index: number
  readonly name: string
  readonly mac: Uint8Array
  /** Somebody may be at the other end. */
  readonly carrier: boolean
  /** ARP is a broadcast protocol. */
  readonly arp: boolean
  /** Neighbor Discovery needs one. */
  readonly linkLocal: Address | undefined
}

/** MetalLB's rule; undefined when the interface is suitable. */
export function unsuitability(link: Link, excluded: RegExp | undefined): Unsuitability | undefined {
  // 1. What the administrator has excluded does not exist for us.
  if (excluded?.test(link.name)) return 'excluded'
  // 2. A port of a bridge or bond does not get the packets, its master does.
  if (!link.up) return 'down'
  if (link.master !== undefined) return 'enslaved'
  // 3. Neighbours find each other by hardware addresses there.
  if (link.noArp) return 'no-arp'
  return link.hardwareAddress?.length === 6 ? undefined : 'no-hardware-address'
}

/** What is known of the links of this host, kept up to date from netlink events. */
export class InterfaceTable {
  readonly #excluded: RegExp | undefined
  #links = new Map<number, Link>()
  /** By link, its link-local addresses that may be used. */
  #linkLocal = new Map<number, Map<bigint, Address>>()

  constructor(excluded: RegExp | undefined) {
    this.#excluded = excluded
  }

  replace(links: readonly Link[], addresses: readonly LinkAddress[]): void {
    this.#links = new Map(links.map((link) => [link.index, link]))
    this.#linkLocal = new Map()
    for (const address of addresses) this.#setAddress(address)
  }

  apply(event: NetlinkEvent): void {
    if (event.type === 'link') this.#links.set(event.link.index, event.link)
    if (event.type === 'link-removed') this.#removeLink(event.link.index)
    if (event.type === 'address') this.#setAddress(event.address)
    if (event.type === 'address-removed') this.#removeAddress(event.address)
  }

  /** Also of interfaces that are down: an advertisement may name them. */
  exists(name: string): boolean {
    return this.#links.values().some((link) => link.name === name && !this.#excluded?.test(link.name))
  }

  suitable(): Interface[] {
    return [...this.#links.values()]
      .filter((link) => unsuitability(link, this.#excluded) === undefined)
      .map((link) => this.#describe(link))
  }

  #describe({ index, name, hardwareAddress, lowerUp, broadcast }: Link): Interface {
    const [linkLocal] = this.#linkLocal.get(index)?.values() ?? []
    return { index, name, mac: hardwareAddress!, carrier: lowerUp, arp: broadcast, linkLocal }
  }

  #setAddress(address: LinkAddress): void {
    if (!isLinkLocal(address)) return
    const addresses = this.#linkLocal.get(address.linkIndex) ?? new Map<bigint, Address>()
    this.#linkLocal.set(address.linkIndex, addresses)
    if (address.tentative) addresses.delete(address.address.value)
    else addresses.set(address.address.value, address.address)
  }

  #removeAddress({ linkIndex, address }: LinkAddress): void {
    this.#linkLocal.get(linkIndex)?.delete(address.value)
  }

  #removeLink(index: number): void {
    this.#links.delete(index)
    this.#linkLocal.delete(index)
  }
}

/** fe80::/10 */
function isLinkLocal({ address: { family, value } }: LinkAddress): boolean {
  return family === 6 && value >> 118n === 0xfe80n >> 6n
}
