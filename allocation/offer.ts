import type { ReservationSpec } from '../config/reservation.ts'
import type { Address, Family } from '../net/address.ts'
import type { Placement } from './assign.ts'
import type { Lack } from './finding.ts'
import type { Ledger } from './ledger.ts'
import type { PoolSpace } from './pool-space.ts'
import type { Request } from './request.ts'
import type { Shortage } from './shortage.ts'
import { type Slot, sharingSlots } from './slot.ts'

/** A Service that looks for an address. */
export interface Search {
  readonly request: Request
  /** What is kept for it, in the order in which it is taken. */
  readonly kept: readonly ReservationSpec[]
}

export function searchFor(ledger: Ledger, request: Request): Search {
  return { request, kept: ledger.reservations.for(request).flat() }
}

interface Found {
  readonly family: Family
  readonly address: Address | undefined
  readonly isKept: boolean
}

/**
 * What a pool that is open to the Service can do for it: one address of each of the families, or why not.
 * `mustBeKept`: only if one of them is an address that is kept for the Service.
 */
export function offer(
  search: Search,
  space: PoolSpace,
  families: readonly Family[],
  mustBeKept = false,
): Placement | Shortage {
  const { pool } = space
  // 1. A disabled pool gives out nothing new.
  if (pool.disabled) return { finding: { pool: pool.name, why: 'disabled' }, waitsFor: [] }
  // 2. What is kept for the Service goes first, then what is free.
  const found = families.map((family) => find(search, space, family))
  if (mustBeKept && !found.some(({ isKept }) => isKept)) return keptInUse(search, space, families)
  const missing = found.filter(({ address }) => address === undefined).map(({ family }) => family)
  if (missing.length > 0) return lacking(search, space, missing)
  // 3. The namespace has not used its quota.
  return withinQuota(
    search,
    space,
    found.flatMap(({ address }) => address ?? []),
  )
}

function find({ request, kept }: Search, space: PoolSpace, family: Family): Found {
  for (const { addresses } of kept) {
    for (const range of addresses) {
      const address = space.family(family).firstKept(range, request)
      if (address !== undefined) return { family, address, isKept: true }
    }
  }
  return { family, address: space.family(family).firstFor(request), isKept: false }
}

function keptInUse(search: Search, space: PoolSpace, families: readonly Family[]): Shortage {
  const waitsFor = [
    ...families.flatMap((family) => keptSlots(search, space, family)),
    ...sharingSlots(search.request.sharing),
  ]
  return { finding: { pool: space.pool.name, why: 'kept-in-use' }, waitsFor }
}

function lacking(search: Search, space: PoolSpace, families: readonly Family[]): Shortage {
  const pool = space.pool.name
  const lacks = families.map((family): Lack => ({ family, why: whyNone(space, family) }))
  const waitsFor = families.flatMap((family): Slot[] => [
    { kind: 'pool', pool, family },
    ...keptSlots(search, space, family),
  ])
  const isHopeless = lacks.some(({ why }) => why !== 'none-free')
  return {
    finding: { pool, why: 'lacks', lacks },
    waitsFor: isHopeless ? [] : [...waitsFor, ...sharingSlots(search.request.sharing)],
  }
}

function whyNone(space: PoolSpace, family: Family): Lack['why'] {
  const { capacity, isAllExcluded } = space.family(family)
  if (capacity === 0n) return 'no-addresses'
  return isAllExcluded ? 'all-excluded' : 'none-free'
}

function keptSlots({ kept }: Search, space: PoolSpace, family: Family): Slot[] {
  const here = kept.filter(({ addresses }) =>
    addresses.some((range) => range.family === family && space.overlaps(range)),
  )
  return here.map(({ name }) => ({ kind: 'reserved', reservation: name, pool: space.pool.name, family }))
}

/** Where the quota is used up, an address that the namespace has already may be shared. */
function withinQuota(search: Search, space: PoolSpace, addresses: readonly Address[]): Placement | Shortage {
  const { request } = search
  const { namespace } = request
  const room = space.roomFor(namespace)
  if (room >= addresses.length) return { space, addresses }
  const own = addresses.map((address) => {
    const familySpace = space.family(address.family)
    return familySpace.isUsedBy(namespace, address) ? address : familySpace.sharedIn(namespace, request)
  })
  const needed = own.filter((address) => address === undefined).length
  if (needed > room) return beyondQuota(space, namespace, needed, request.sharing)
  return { space, addresses: addresses.map((address, index) => own[index] ?? address) }
}

/** Why the namespace cannot have `needed` more addresses of the pool. */
export function beyondQuota(
  { pool: { name: pool, quota = 0 } }: PoolSpace,
  namespace: string,
  needed: number,
  sharing: string | undefined,
): Shortage {
  const slot: Slot = { kind: 'quota', pool, namespace, addresses: needed }
  return { finding: { pool, why: 'quota', namespace, quota }, waitsFor: [slot, ...sharingSlots(sharing)] }
}
