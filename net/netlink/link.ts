import type { Reader } from '../cursor.ts'
import { copyOf, decodeAttributes, readText } from './message.ts'

/** A network interface. */
export interface Link {
  readonly index: number
  readonly name: string
  /** The `IFF_` bits; those that matter have fields of their own. */
  readonly flags: number
  /** Somebody switched it on. */
  readonly up: boolean
  /** It has a carrier. */
  readonly lowerUp: boolean
  readonly broadcast: boolean
  readonly noArp: boolean
  readonly loopback: boolean
  /** The index of the bridge, bond or VRF that it belongs to. */
  readonly master: number | undefined
  readonly hardwareAddress: Uint8Array | undefined
  readonly mtu: number
  /** Such as `bridge` or `veth`; hardware has none. */
  readonly kind: string | undefined
}

const IFF_UP = 0x1
const IFF_BROADCAST = 0x2
const IFF_LOOPBACK = 0x8
const IFF_NOARP = 0x80
const IFF_LOWER_UP = 0x10000

const IFLA_ADDRESS = 1
const IFLA_IFNAME = 3
const IFLA_MTU = 4
const IFLA_MASTER = 10
const IFLA_LINKINFO = 18
const IFLA_INFO_KIND = 1

const AF_UNSPEC = 0

/** Undefined for another family's view of a link: "removed" from AF_BRIDGE only means that it left the bridge. */
export function decodeLink(reader: Reader): Link | undefined {
  const family = reader.u8()
  if (family !== AF_UNSPEC) return undefined
  reader.skip(3) // padding, hardware type
  const index = reader.u32le()
  const flags = reader.u32le()
  reader.skip(4) // change mask
  const attributes = decodeAttributes(reader)
  const linkInfo = attributes.get(IFLA_LINKINFO)
  const kind = linkInfo && decodeAttributes(linkInfo).get(IFLA_INFO_KIND)
  const name = attributes.get(IFLA_IFNAME)
  return {
    index,
    name: name ? readText(name) : '',
    ...decodeFlags(flags),
    master: attributes.get(IFLA_MASTER)?.u32le(),
    hardwareAddress: copyOf(attributes.get(IFLA_ADDRESS)),
    mtu: attributes.get(IFLA_MTU)?.u32le() ?? 0,
    kind: kind && readText(kind),
  }
}

function decodeFlags(flags: number): Pick<Link, 'flags' | 'up' | 'lowerUp' | 'broadcast' | 'noArp' | 'loopback'> {
  return {
    flags,
    up: (flags & IFF_UP) !== 0,
    lowerUp: (flags & IFF_LOWER_UP) !== 0,
    broadcast: (flags & IFF_BROADCAST) !== 0,
    noArp: (flags & IFF_NOARP) !== 0,
    loopback: (flags & IFF_LOOPBACK) !== 0,
  }
}
