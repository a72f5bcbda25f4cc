import { type Address, addressFromBytes } from '../address.ts'
import type { Reader } from '../cursor.ts'
import { isIpFamily } from './family.ts'
import { decodeAttributes } from './message.ts'

/** An IP address that an interface has. */
export interface LinkAddress {
  readonly linkIndex: number
  readonly address: Address
  readonly prefixLength: number
  /** As in rtnetlink(7): 0 is global, 253 link, 254 host. */
  readonly scope: number
  /** IPv6 duplicate address detection has not ended yet. */
  readonly tentative: boolean
}

const IFA_ADDRESS = 1
const IFA_LOCAL = 2
const IFA_FLAGS = 8
const IFA_F_TENTATIVE = 0x40

/** Undefined when it is no IP address. */
export function decodeLinkAddress(reader: Reader): LinkAddress | undefined {
  if (!isIpFamily(reader.u8())) return undefined
  const prefixLength = reader.u8()
  const shortFlags = reader.u8()
  const scope = reader.u8()
  const linkIndex = reader.u32le()
  const attributes = decodeAttributes(reader)
  const flags = attributes.get(IFA_FLAGS)?.u32le() ?? shortFlags
  const own = attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS) // IFA_ADDRESS is the peer's on point-to-point links
  if (own === undefined) return undefined
  const address = addressFromBytes(own.rest())
  return { linkIndex, address, prefixLength, scope, tentative: (flags & IFA_F_TENTATIVE) !== 0 }
}
