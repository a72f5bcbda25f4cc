import type { Address, Family } from '../../net/address.ts'
import { formatMac } from '../../net/mac.ts'
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

/** How this host is reached on one of its links. */
interface Whereabouts {
  readonly mac: string
  readonly ipv4?: Address
  /** The link-local one. */
  readonly ipv6?: Address
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
  /** By link, the addresses by which neighbours reach it: of IPv6 the link-local ones. */
  #addresses = new Map<number, Map<bigint, Address>>()

  constructor(excluded: RegExp | undefined) {
    this.#excluded = excluded
  }

  replace(links: readonly Link[], addresses: readonly LinkAddress[]): void {
    this.#links = new Map(links.map((link) => [link.index, link]))
    this.#addresses = new Map()
    for (const address of addresses) this.#setAddress(address)
  }

  /** False: nothing of it matters. An interface of kube-proxy may have ten thousand addresses. */
  apply(event: NetlinkEvent): boolean {
    if (event.type === 'link') this.#links.set(event.link.index, event.link)
    if (event.type === 'link-removed') this.#removeLink(event.link.index)
    if (event.type === 'address') this.#setAddress(event.address)
    if (event.type === 'address-removed') this.#removeAddress(event.address)
    return !('address' in event) || this.#isSuitable(event.address.linkIndex)
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

  /** Where neighbours reach this host itself, on suitable interfaces. */
  whereabouts(): Whereabouts[] {
    return this.suitable().map(({ index, mac, linkLocal: ipv6 }) => {
      const ipv4 = this.#addressOf(index, 4)
      return { mac: formatMac(mac), ...(ipv4 && { ipv4 }), ...(ipv6 && { ipv6 }) }
    })
  }

  #describe({ index, name, hardwareAddress, lowerUp, broadcast }: Link): Interface {
    const linkLocal = this.#addressOf(index, 6)
    return { index, name, mac: hardwareAddress!, carrier: lowerUp, arp: broadcast, linkLocal }
  }

  /** The first one: the kernel names primary addresses before the others. */
  #addressOf(index: number, family: Family): Address | undefined {
    return this.#addresses
      .get(index)
      ?.values()
      .find((address) => address.family === family)
  }

  #isSuitable(index: number): boolean {
    const link = this.#links.get(index)
    return link !== undefined && unsuitability(link, this.#excluded) === undefined
  }

  #setAddress({ linkIndex, address, scope, tentative }: LinkAddress): void {
    if (!isForNeighbours(address, scope)) return
    const addresses = this.#addresses.get(linkIndex) ?? new Map<bigint, Address>()
    this.#addresses.set(linkIndex, addresses)
    if (tentative) addresses.delete(address.value)
    else addresses.set(address.value, address)
  }

  #removeAddress({ linkIndex, address }: LinkAddress): void {
    this.#addresses.get(linkIndex)?.delete(address.value)
  }

  #removeLink(index: number): void {
    this.#links.delete(index)
    this.#addresses.delete(index)
  }
}

const hostScope = 254 // rtnetlink(7)

/** IPv4 addresses for more than the host itself, and fe80::/10. */
function isForNeighbours({ family, value }: Address, scope: number): boolean {
  return family === 4 ? scope < hostScope : value >> 118n === 0xfe80n >> 6n
}
