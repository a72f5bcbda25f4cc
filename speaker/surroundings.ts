import { type Address, addressBits, compareAddresses, formatAddress } from '../net/address.ts'
import { formatMac } from '../net/mac.ts'
import type { Link, NetlinkEvent, Route } from '../net/netlink.ts'
import { formatPrefix, type Prefix, parsePrefix, prefixContains } from '../net/prefix.ts'
import { unsuitability } from './layer2/interfaces.ts'

/** What a node sees of the network around it. */
export interface Surroundings {
  /** Where its default routes lead to, whatever their metric and table. Link-local ones are left out: no pool has them. */
  readonly gateways: readonly Address[]
  /** Addresses that are its neighbours. */
  readonly networks: readonly Network[]
  /** From which it answers for addresses of Services. */
  readonly macs: readonly string[]
}

export interface Network {
  readonly prefix: Prefix
  readonly link: NeighbouringLink
}

/** An interface on which neighbours can be asked. */
export interface NeighbouringLink {
  readonly index: number
  readonly name: string
  readonly mac: Uint8Array
}

/** rtnetlink(7) */
const localTable = 255
const linkLocal = ['169.254.0.0/16', 'fe80::/10'].map(parsePrefix)

export function surroundingsOf(
  links: readonly Link[],
  routes: readonly Route[],
  excluded: RegExp | undefined,
): Surroundings {
  const suitable = links.filter((link) => !link.loopback && unsuitability(link, excluded) === undefined)
  const byIndex = new Map(suitable.map((link) => [link.index, link]))
  const gateways = routes.filter(isDefault).flatMap((route) => route.nextHops.flatMap(({ gateway }) => gateway ?? []))
  const networks = routes.filter(isOnLink).flatMap(({ destination, nextHops }) =>
    nextHops.flatMap(({ linkIndex = 0 }): Network[] => {
      const link = byIndex.get(linkIndex)
      if (link === undefined) return []
      return [{ prefix: destination, link: { index: linkIndex, name: link.name, mac: link.hardwareAddress! } }]
    }),
  )
  return {
    gateways: distinct(gateways.filter(isRoutable), formatAddress).sort(compareAddresses),
    networks: distinct(networks, formatNetwork).sort((a, b) => (formatNetwork(a) < formatNetwork(b) ? -1 : 1)),
    macs: [...new Set(suitable.map(({ hardwareAddress }) => formatMac(hardwareAddress!)))].sort(),
  }
}

/** Where the address would be asked for. */
export function linksTo(address: Address, { networks }: Surroundings): NeighbouringLink[] {
  const links = networks.filter(({ prefix }) => prefixContains(prefix, address)).map(({ link }) => link)
  return distinct(links, ({ index }) => `${index}`)
}

/** Whether it can change the surroundings; there may be ever so many other routes, and they may change all the time. */
export function bearsOnSurroundings(event: NetlinkEvent): boolean {
  if (event.type !== 'route' && event.type !== 'route-removed') return true
  return isDefault(event.route) || isOnLink(event.route)
}

function isDefault({ type, destination }: Route): boolean {
  return type === 'unicast' && destination.length === 0
}

/** Routes to one host lead to pods, or to the far end of a line. */
function isOnLink({ type, table, destination, nextHops }: Route): boolean {
  const { address, length } = destination
  if (type !== 'unicast' || table === localTable || length === 0 || length === addressBits[address.family]) return false
  return isRoutable(address) && nextHops.length > 0 && nextHops.every(({ gateway }) => gateway === undefined)
}

function isRoutable(address: Address): boolean {
  return !linkLocal.some((prefix) => prefixContains(prefix, address))
}

export function formatNetwork({ prefix, link }: Network): string {
  return `${link.name} ${formatPrefix(prefix)}`
}

function distinct<T>(items: readonly T[], textOf: (item: T) => string): T[] {
  return [...new Map(items.map((item) => [textOf(item), item])).values()]
}
