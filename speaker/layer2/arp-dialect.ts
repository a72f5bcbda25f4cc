import type { Address } from '../../net/address.ts'
import type { AddressRange } from '../../net/range.ts'
import { ETH_P_ARP } from '../../net/rawnet/constants.ts'
import { announcementFrames, arpOffset, probeFrame } from './arp.ts'
import { answerArp, arpReplyBlank } from './arp-answer.ts'
import { arpClaim } from './arp-claim.ts'
import type { Book, Holding } from './book.ts'
import type { Claim } from './claim.ts'
import type { Dialect, Form } from './dialect.ts'
import { ethernetOffset, macBytes } from './ethernet.ts'
import type { Interface } from './interfaces.ts'
import type { Station } from './station.ts'
import { wireFilters } from './wire-filter.ts'

/** RFC 826. */
export class ArpDialect implements Dialect {
  readonly family = 4
  readonly etherType = ETH_P_ARP
  /** With the padding. */
  readonly frameBytes = 64
  readonly ring = { frames: 4096, frameBytes: 128 }
  readonly announcement: Form
  readonly probe: Form
  readonly replyBlank: Uint8Array
  readonly #station: Station
  readonly #interfaceIndex: number

  constructor({ index, name, mac }: Interface) {
    this.#station = { interfaceName: name, mac }
    this.#interfaceIndex = index
    this.replyBlank = arpReplyBlank(this.#station)
    this.announcement = {
      blanks: announcementFrames(mac, 0),
      fill(frame, address) {
        frame.set(address, arpOffset.senderAddress)
        frame.set(address, arpOffset.targetAddress)
      },
    }
    this.probe = { blanks: [probeFrame(mac, 0)], fill: (frame, address) => frame.set(address, arpOffset.targetAddress) }
  }

  filters(ranges: readonly AddressRange[]): Iterable<Uint8Array> {
    return wireFilters('arp', { interfaceIndex: this.#interfaceIndex, mac: this.#station.mac, ranges })
  }

  answer(frame: Uint8Array, length: number, book: Book, reply: Uint8Array): Holding | string {
    return answerArp(frame, length, this.#station, book, reply)
  }

  claim(frame: Uint8Array, length: number, book: Book): Claim | undefined {
    return arpClaim(frame, length, this.#station, book)
  }

  /** As RFC 1122 s2.3.2.1 has it, but from no address: nobody is to learn that we have one. */
  solicitation({ value }: Address, mac: Uint8Array): Uint8Array {
    const frame = probeFrame(this.#station.mac, Number(value))
    frame.set(mac.subarray(0, macBytes), ethernetOffset.destination)
    return frame
  }
}
