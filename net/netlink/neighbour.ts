import { type Address, addressFromBytes } from '../address.ts'
import type { Reader } from '../cursor.ts'
import { isIpFamily } from './family.ts'
import { copyOf, decodeAttributes } from './message.ts'

/** An entry of the ARP or NDP cache. */
export interface Neighbour {
  readonly linkIndex: number
  readonly address: Address
  readonly hardwareAddress: Uint8Array | undefined
  readonly state: NeighbourState
  /** It said in a neighbour advertisement that it routes. */
  readonly router: boolean
}

/** By number, the `NUD_` values of rtnetlink(7). */
const states = {
  0: 'none',
  1: 'incomplete',
  2: 'reachable',
  4: 'stale',
  8: 'delay',
  16: 'probe',
  32: 'failed',
  64: 'noarp',
  128: 'permanent',
} as const

export type NeighbourState = (typeof states)[keyof typeof states]

const NDA_DST = 1
const NDA_LLADDR = 2
const NTF_ROUTER = 0x80

/** Undefined when it is no IP neighbour: a bridge's forwarding entries come in the same messages. */
export function decodeNeighbour(reader: Reader): Neighbour | undefined {
  if (!isIpFamily(reader.u8())) return undefined
  reader.skip(3) // padding
  const linkIndex = reader.u32le()
  const state = states[reader.u16le() as keyof typeof states] ?? 'none'
  const flags = reader.u8()
  reader.skip(1) // type
  const attributes = decodeAttributes(reader)
  const destination = attributes.get(NDA_DST)
  if (destination === undefined) return undefined
  const address = addressFromBytes(destination.rest())
  const hardwareAddress = copyOf(attributes.get(NDA_LLADDR))
  return { linkIndex, address, hardwareAddress, state, router: (flags & NTF_ROUTER) !== 0 }
}
