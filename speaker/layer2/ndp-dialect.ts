import type { Address } from '../../net/address.ts'
import type { AddressRange } from '../../net/range.ts'
import type { Book, Holding } from './book.ts'
import type { Claim } from './claim.ts'
import type { Dialect, Form } from './dialect.ts'
import { ethernetOffset } from './ethernet.ts'
import { etherTypeIpv6, icmpv6Offset, writeChecksum } from './icmpv6.ts'
import type { Interface } from './interfaces.ts'
import { ndpOffset } from './ndp.ts'
import { answerNdp } from './ndp-answer.ts'
import { ndpClaim } from './ndp-claim.ts'
import { advertisementFrame, type NdpStation, searchFrame, solicitationFrame } from './ndp-frames.ts'
import { wireFilters } from './wire-filter.ts'

const unspecified: Address = { family: 6, value: 0n }
/** Of an address, those that are in its solicited-node group (RFC 4291 s2.7.1) and in the MAC of that. */
const groupBytes = 3

/**
 * Neighbor Discovery, RFC 4861, from packet sockets: they hear also solicitations that are sent to an address of ours
 * alone, which the kernel has no reason to deliver, and need no route to answer.
 */
export class NdpDialect implements Dialect {
  readonly family = 6
  readonly etherType = etherTypeIpv6
  /** A solicitation with its option has 86 bytes; the rest is for options that we do not know. */
  readonly frameBytes = 256
  readonly ring = { frames: 512, frameBytes: 512 }
  readonly announcement: Form
  readonly probe: Form
  readonly replyBlank: Uint8Array
  readonly #station: NdpStation
  readonly #interfaceIndex: number

  /** Assumes that the interface has a link-local address. */
  constructor({ index, name, mac, linkLocal }: Interface) {
    this.#station = { interfaceName: name, mac, linkLocal: linkLocal! }
    this.#interfaceIndex = index
    this.replyBlank = advertisementFrame(unspecified, this.#station)
    this.announcement = { blanks: [advertisementFrame(unspecified, this.#station)], fill: fillTarget }
    this.probe = { blanks: [searchFrame(unspecified, mac)], fill: fillSearch }
  }

  filters(ranges: readonly AddressRange[]): Iterable<Uint8Array> {
    return wireFilters('ndp', { interfaceIndex: this.#interfaceIndex, mac: this.#station.mac, ranges })
  }

  answer(frame: Uint8Array, length: number, book: Book, reply: Uint8Array): Holding | string {
    return answerNdp(frame, length, this.#station, book, reply)
  }

  claim(frame: Uint8Array, length: number, book: Book): Claim | undefined {
    return ndpClaim(frame, length, this.#station, book)
  }

  solicitation(address: Address, mac: Uint8Array): Uint8Array {
    return solicitationFrame(address, mac, this.#station)
  }
}

function fillTarget(frame: Uint8Array, address: readonly number[]): void {
  frame.set(address, ndpOffset.target)
  writeChecksum(frame)
}

function fillSearch(frame: Uint8Array, address: readonly number[]): void {
  const group = address.slice(-groupBytes)
  frame.set(group, ethernetOffset.destination + 6 - groupBytes)
  frame.set(group, icmpv6Offset.destination + 16 - groupBytes)
  fillTarget(frame, address)
}
