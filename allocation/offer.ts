import type { ReservationSpec } from '../config/reservation.ts'
import { type Address, compareAddresses, type Family } from '../net/address.ts'
import type { Ledger } from './ledger.ts'
import type { PoolSpace } from './pool-space.ts'
import type { Request } from './request.ts'

/** A Service that looks for an address. */
export interface Search {
  readonly request: Request
  /** What is kept for it, in the order in which it is taken. */
  readonly kept: readonly ReservationSpec[]
}

/** One pool, asked for one address of each of these families. */
export interface Inquiry {
  readonly space: PoolSpace
  readonly families: readonly Family[]
  /** Only if one of the addresses is kept for the Service. */
  readonly mustBeKept: boolean
}

export function searchFor(ledger: Ledger, request: Request): Search {
  return { request, kept: ledger.reservations.for(request).flat() }
}

/** What the pool, which is open to the Service, can do for it. `explainShortage` says why it is nothing. */
export function offer(search: Search, inquiry: Inquiry): readonly Address[] | undefined {
  const { space, families } = inquiry
  // 1. A disabled pool gives out nothing new.
  if (space.pool.disabled) return undefined
  // 2. Some pools are asked only because of what is kept in them.
  if (inquiry.mustBeKept && !hasKept(search, inquiry)) return undefined
  // 3. What is kept for the Service goes first, then what is free.
  const addresses: Address[] = []
  for (const family of families) {
    const address = firstIn(search, space, family)
    if (address === undefined) return undefined
    addresses.push(address)
  }
  // 4. The namespace has not used its quota.
  return withinQuota(search.request, space, addresses)?.toSorted(compareAddresses)
}

export function hasKept(search: Search, { space, families }: Inquiry): boolean {
  return families.some((family) => firstKept(search, space, family) !== undefined)
}

export function firstIn(search: Search, space: PoolSpace, family: Family): Address | undefined {
  return firstKept(search, space, family) ?? space.family(family).firstFor(search.request)
}

function firstKept({ request, kept }: Search, space: PoolSpace, family: Family): Address | undefined {
  for (const reservation of kept) {
    for (const range of reservation.addresses) {
      const address = space.family(family).firstKept(reservation, range, request)
      if (address !== undefined) return address
    }
  }
  return undefined
}

/** Where the quota is used up, an address that the namespace has already may be shared. */
function withinQuota(
  request: Request,
  space: PoolSpace,
  addresses: readonly Address[],
): readonly Address[] | undefined {
  const room = space.roomFor(request.namespace)
  if (room >= addresses.length) return addresses
  const own = ownOf(request, space, addresses)
  if (own.filter((address) => address === undefined).length > room) return undefined
  return addresses.map((address, index) => own[index] ?? address)
}

/** For each address one of the same family that the namespace has already, and that the Service could share. */
export function ownOf(request: Request, space: PoolSpace, addresses: readonly Address[]): (Address | undefined)[] {
  return addresses.map((address) => {
    const family = space.family(address.family)
    return family.isUsedBy(request.namespace, address) ? address : family.sharedIn(request.namespace, request)
  })
}
