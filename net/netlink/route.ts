import { type Address, addressFromBytes } from '../address.ts'
import type { Reader } from '../cursor.ts'
import type { Prefix } from '../prefix.ts'
import { ipFamily } from './family.ts'
import { decodeAttributes } from './message.ts'

export interface Route {
  readonly destination: Prefix
  readonly type: RouteType
  /** 254 is the main table, 255 the local one. */
  readonly table: number
  /** Who made it, as in rtnetlink(7): 2 is the kernel, 3 boot, 4 an administrator. */
  readonly protocol: number
  readonly scope: number
  readonly metric: number | undefined
  readonly preferredSource: Address | undefined
  /** Several on multipath routes, none on a blackhole. */
  readonly nextHops: readonly NextHop[]
}

export interface NextHop {
  readonly linkIndex: number | undefined
  /** May be IPv6 on an IPv4 route, RFC 8950. */
  readonly gateway: Address | undefined
  readonly weight: number
}

/** By number, rtnetlink(7). */
const routeTypes = [
  'unspecified',
  'unicast',
  'local',
  'broadcast',
  'anycast',
  'multicast',
  'blackhole',
  'unreachable',
  'prohibit',
  'throw',
  'nat',
] as const

export type RouteType = (typeof routeTypes)[number]

const RTA_DST = 1
const RTA_OIF = 4
const RTA_GATEWAY = 5
const RTA_PRIORITY = 6
const RTA_PREFSRC = 7
const RTA_MULTIPATH = 9
const RTA_TABLE = 15
const RTA_VIA = 18

/** Undefined when it is no IP route. */
export function decodeRoute(reader: Reader): Route | undefined {
  const family = ipFamily(reader.u8())
  if (family === undefined) return undefined
  const length = reader.u8()
  reader.skip(2) // source prefix length, type of service
  const shortTable = reader.u8()
  const protocol = reader.u8()
  const scope = reader.u8()
  const type = routeTypes[reader.u8()] ?? 'unspecified'
  reader.skip(4) // flags
  const attributes = decodeAttributes(reader)
  return {
    destination: { address: readAddress(attributes.get(RTA_DST)) ?? { family, value: 0n }, length },
    type,
    table: attributes.get(RTA_TABLE)?.u32le() ?? shortTable,
    protocol,
    scope,
    metric: attributes.get(RTA_PRIORITY)?.u32le(),
    preferredSource: readAddress(attributes.get(RTA_PREFSRC)),
    nextHops: decodeNextHops(attributes),
  }
}

function decodeNextHops(attributes: Map<number, Reader>): NextHop[] {
  const multipath = attributes.get(RTA_MULTIPATH)
  if (multipath !== undefined) return [...decodeMultipath(multipath)]
  const linkIndex = attributes.get(RTA_OIF)?.u32le()
  const gateway = decodeGateway(attributes)
  return linkIndex === undefined && gateway === undefined ? [] : [{ linkIndex, gateway, weight: 1 }]
}

/** struct rtnexthop: like an attribute whose header also carries weight and link. */
function* decodeMultipath(reader: Reader): Generator<NextHop> {
  while (reader.remaining > 0) {
    const length = reader.u16le()
    reader.skip(1) // flags
    const weight = reader.u8() + 1
    const linkIndex = reader.u32le()
    const gateway = decodeGateway(decodeAttributes(reader.sub(length - 8)))
    yield { linkIndex, gateway, weight }
    reader.skip(Math.min(-length & 3, reader.remaining))
  }
}

function decodeGateway(attributes: Map<number, Reader>): Address | undefined {
  const via = attributes.get(RTA_VIA)
  via?.skip(2) // its family; the length of the address tells it
  return readAddress(via ?? attributes.get(RTA_GATEWAY))
}

function readAddress(reader: Reader | undefined): Address | undefined {
  return reader && addressFromBytes(reader.rest())
}
