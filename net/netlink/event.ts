import type { Reader } from '../cursor.ts'
import { decodeLinkAddress, type LinkAddress } from './address.ts'
import { decodeLink, type Link } from './link.ts'
import type { Message } from './message.ts'
import { decodeNeighbour, type Neighbour } from './neighbour.ts'
import { decodeRoute, type Route } from './route.ts'

/** One entry of a table came, changed or went. */
export type TableEvent =
  | { readonly type: 'link' | 'link-removed'; readonly link: Link }
  | { readonly type: 'address' | 'address-removed'; readonly address: LinkAddress }
  | { readonly type: 'route' | 'route-removed'; readonly route: Route }
  | { readonly type: 'neighbour' | 'neighbour-removed'; readonly neighbour: Neighbour }

/** By message type: the RTM_NEW* and RTM_DEL* of linux/rtnetlink.h. */
const decoders: Readonly<Record<number, (body: Reader) => TableEvent | undefined>> = {
  16: (body) => linkEvent('link', body),
  17: (body) => linkEvent('link-removed', body),
  20: (body) => addressEvent('address', body),
  21: (body) => addressEvent('address-removed', body),
  24: (body) => routeEvent('route', body),
  25: (body) => routeEvent('route-removed', body),
  28: (body) => neighbourEvent('neighbour', body),
  29: (body) => neighbourEvent('neighbour-removed', body),
}

/** Undefined for messages that tell nothing about the four tables. */
export function decodeEvent(message: Message): TableEvent | undefined {
  return decoders[message.type]?.(message.body)
}

function linkEvent(type: 'link' | 'link-removed', body: Reader): TableEvent | undefined {
  const link = decodeLink(body)
  return link && { type, link }
}

function addressEvent(type: 'address' | 'address-removed', body: Reader): TableEvent | undefined {
  const address = decodeLinkAddress(body)
  return address && { type, address }
}

function routeEvent(type: 'route' | 'route-removed', body: Reader): TableEvent | undefined {
  const route = decodeRoute(body)
  return route && { type, route }
}

function neighbourEvent(type: 'neighbour' | 'neighbour-removed', body: Reader): TableEvent | undefined {
  const neighbour = decodeNeighbour(body)
  return neighbour && { type, neighbour }
}
