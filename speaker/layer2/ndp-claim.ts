import { addressFromBytes } from '../../net/address.ts'
import type { Book } from './book.ts'
import { type Claim, type ClaimKind, claimOf } from './claim.ts'
import { ethernetOffset, isAt, isZero } from './ethernet.ts'
import { icmpv6Offset } from './icmpv6.ts'
import {
  linkLayerAddressOffset,
  linkLayerOption,
  ndpFlag,
  ndpOffset,
  ndpType,
  neighbourHopLimit,
  neighbourMessageEnd,
} from './ndp.ts'
import type { Station } from './station.ts'

const addressBytes = 16

/** What somebody else's frame says about who has an address of the book, or in reply to us about any (RFC 4862 s5.4.3, s5.4.4). */
export function ndpClaim(frame: Uint8Array, length: number, station: Station, book: Book): Claim | undefined {
  if (length < ndpOffset.options || frame[icmpv6Offset.hopLimit] !== neighbourHopLimit) return undefined
  const type = frame[icmpv6Offset.type]
  if (type === ndpType.solicitation) return claimInSolicitation(frame, length, station, book)
  return type === ndpType.advertisement ? claimInAdvertisement(frame, length, station, book) : undefined
}

function claimInSolicitation(frame: Uint8Array, length: number, station: Station, book: Book): Claim | undefined {
  const isSearch = isZero(frame, icmpv6Offset.source, addressBytes)
  const holding = book.ipv6(frame, isSearch ? ndpOffset.target : icmpv6Offset.source)
  const end = holding && neighbourMessageEnd(frame, length)
  if (end === undefined) return undefined
  const macOffset = linkLayerAddressOffset(frame, end, linkLayerOption.source) ?? ethernetOffset.source
  return claimOf(holding!.address, isSearch ? 'probe' : 'use', frame, macOffset, station)
}

function claimInAdvertisement(frame: Uint8Array, length: number, station: Station, book: Book): Claim | undefined {
  const isForUs = isAt(frame, ethernetOffset.destination, station.mac)
  const address = book.ipv6(frame, ndpOffset.target)?.address ?? (isForUs ? target(frame) : undefined)
  const end = address && neighbourMessageEnd(frame, length)
  if (end === undefined) return undefined
  const macOffset = linkLayerAddressOffset(frame, end, linkLayerOption.target) ?? ethernetOffset.source
  return claimOf(address!, kindOf(frame, isForUs), frame, macOffset, station)
}

/** Who answers a search for duplicates answers to all, and need not ask them to replace what they have cached. */
function kindOf(frame: Uint8Array, isForUs: boolean): ClaimKind {
  const isToReplace = (frame[ndpOffset.flags]! & ndpFlag.override) !== 0
  return isForUs || !isToReplace ? 'reply' : 'announcement'
}

function target(frame: Uint8Array): Claim['address'] {
  return addressFromBytes(frame.subarray(ndpOffset.target, ndpOffset.options))
}
