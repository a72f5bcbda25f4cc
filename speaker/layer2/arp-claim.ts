import { addressFromBytes } from '../../net/address.ts'
import { arpOffset, arpOperation } from './arp.ts'
import type { Book } from './book.ts'
import { type Claim, claimOf } from './claim.ts'
import { ethernetOffset, isAt, word } from './ethernet.ts'
import type { Station } from './station.ts'

const addressBytes = 4

/** What somebody else's frame says about who has an address of the book, or in reply to us about any (RFC 5227 s2.1.1, s2.4). */
export function arpClaim(frame: Uint8Array, length: number, station: Station, book: Book): Claim | undefined {
  if (length < arpOffset.end || frame[arpOffset.operation] !== 0) return undefined
  const operation = frame[arpOffset.operation + 1]
  if (operation === arpOperation.request) return claimInRequest(frame, station, book)
  return operation === arpOperation.reply ? claimInReply(frame, station, book) : undefined
}

function claimInRequest(frame: Uint8Array, station: Station, book: Book): Claim | undefined {
  if (word(frame, arpOffset.senderAddress) === 0) {
    const wanted = book.ipv4(frame, arpOffset.targetAddress)
    return wanted && claimOf(wanted.address, 'probe', frame, arpOffset.senderMac, station)
  }
  const holding = book.ipv4(frame, arpOffset.senderAddress)
  if (holding === undefined) return undefined
  const kind = isAt(frame, arpOffset.targetAddress, holding.bytes) ? 'announcement' : 'use'
  return claimOf(holding.address, kind, frame, arpOffset.senderMac, station)
}

function claimInReply(frame: Uint8Array, station: Station, book: Book): Claim | undefined {
  const isForUs = isAt(frame, ethernetOffset.destination, station.mac)
  const address = book.ipv4(frame, arpOffset.senderAddress)?.address ?? (isForUs ? senderAddress(frame) : undefined)
  return address && claimOf(address, isForUs ? 'reply' : 'announcement', frame, arpOffset.senderMac, station)
}

function senderAddress(frame: Uint8Array): Claim['address'] | undefined {
  const offset = arpOffset.senderAddress
  if (word(frame, offset) === 0) return undefined
  return addressFromBytes(frame.subarray(offset, offset + addressBytes))
}
