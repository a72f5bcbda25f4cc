import type { Address, Family } from '../../net/address.ts'
import type { AddressRange } from '../../net/range.ts'
import type { Book, Holding } from './book.ts'
import type { Claim } from './claim.ts'

/** The frames that tell or ask something about one address: blanks, all of one length, and how the address is filled in. */
export interface Form {
  readonly blanks: readonly Uint8Array[]
  /** @param address in network order */
  fill(frame: Uint8Array, address: readonly number[]): void
}

/** ARP or Neighbor Discovery, as spoken on one interface. What runs for each packet makes no objects. */
export interface Dialect {
  readonly family: Family
  readonly etherType: number
  /** Room for a frame; what is longer is cut. */
  readonly frameBytes: number
  /** Where received frames wait: 100 ms of a flood of 40,000 a second, or 10 of IPv6. See packet-socket.ts. */
  readonly ring: { readonly frames: number; readonly frameBytes: number }
  readonly announcement: Form
  /** Asks who has an address, as one who does not have it. */
  readonly probe: Form
  readonly replyBlank: Uint8Array
  /** The first that the kernel has room for is to be used. */
  filters(ranges: readonly AddressRange[]): Iterable<Uint8Array>
  /** When the frame asks for an address that we answer for: completes the reply and returns the address. Otherwise why not. */
  answer(frame: Uint8Array, length: number, book: Book, reply: Uint8Array): Holding | string
  /** What the frame says about who has an address. */
  claim(frame: Uint8Array, length: number, book: Book): Claim | undefined
  /** Asks one neighbour whether it is still there. */
  solicitation(address: Address, mac: Uint8Array): Uint8Array
}
