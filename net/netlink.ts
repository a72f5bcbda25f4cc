/**
 * The kernel's tables of links, addresses, routes and neighbours in this network namespace (rtnetlink(7)): read whole,
 * or followed by events. Nothing is changed through it. The message formats are in netlink/, one file a table.
 */
import { decodeLinkAddress, type LinkAddress } from './netlink/address.ts'
import { dump } from './netlink/dump.ts'
import { decodeLink, type Link } from './netlink/link.ts'
import { decodeNeighbour, type Neighbour } from './netlink/neighbour.ts'
import { decodeRoute, type Route } from './netlink/route.ts'

export { type NetlinkEvent, subscribeNetlink } from './netlink/subscribe.ts'
export type { Link, LinkAddress, Neighbour, Route }

// A request's body is the table's own structure, all zero: every family, every link.
const ifinfomsgBytes = 16
const ifaddrmsgBytes = 8
const rtmsgBytes = 12
const ndmsgBytes = 12

/** Adds "no statistics, please" (IFLA_EXT_MASK with RTEXT_FILTER_SKIP_STATS): they are most of a link's message. */
const linkRequestBody = Uint8Array.of(...new Uint8Array(ifinfomsgBytes), 8, 0, 29, 0, 8, 0, 0, 0)

export function dumpLinks(): Promise<Link[]> {
  return dump({ name: 'RTM_GETLINK', type: 18, body: linkRequestBody, decode: decodeLink })
}

export function dumpAddresses(): Promise<LinkAddress[]> {
  return dump({ name: 'RTM_GETADDR', type: 22, body: new Uint8Array(ifaddrmsgBytes), decode: decodeLinkAddress })
}

export function dumpRoutes(): Promise<Route[]> {
  return dump({ name: 'RTM_GETROUTE', type: 26, body: new Uint8Array(rtmsgBytes), decode: decodeRoute })
}

export function dumpNeighbours(): Promise<Neighbour[]> {
  return dump({ name: 'RTM_GETNEIGH', type: 30, body: new Uint8Array(ndmsgBytes), decode: decodeNeighbour })
}
