import type { Family } from '../net/address.ts'
import type { Lack, PoolFinding } from './finding.ts'
import { firstIn, hasKept, type Inquiry, ownOf, type Search } from './offer.ts'
import type { PoolSpace } from './pool-space.ts'
import { type Slot, sharingSlots } from './slot.ts'

/** A pool that would not do, and what would have to become free in it. */
export interface Shortage {
  readonly finding: PoolFinding
  readonly waitsFor: readonly Slot[]
}

/** Why there was no offer; step by step as there. */
export function explainShortage(search: Search, inquiry: Inquiry): Shortage {
  const { request } = search
  const { space, families } = inquiry
  const pool = space.pool.name
  // 1.
  if (space.pool.disabled) return { finding: { pool, why: 'disabled' }, waitsFor: [] }
  // 2.
  if (inquiry.mustBeKept && !hasKept(search, inquiry)) {
    const waitsFor = families.flatMap((family) => keptSlots(search, space, family))
    return { finding: { pool, why: 'kept-in-use' }, waitsFor: [...waitsFor, ...sharingSlots(request.sharing)] }
  }
  // 3.
  const found = families.map((family) => firstIn(search, space, family))
  const addresses = found.filter((address) => address !== undefined)
  if (addresses.length < families.length) {
    return lacking(
      search,
      space,
      families.filter((_, index) => found[index] === undefined),
    )
  }
  // 4.
  const needed = ownOf(request, space, addresses).filter((address) => address === undefined)
  return beyondQuota(space, request.namespace, needed.length, request.sharing)
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

/** Where there can be none of a family, it does not help if there is one of the other. */
function lacking(search: Search, space: PoolSpace, families: readonly Family[]): Shortage {
  const pool = space.pool.name
  const lacks = families.map((family): Lack => ({ family, why: whyNone(space, family) }))
  const finding: PoolFinding = { pool, why: 'lacks', lacks }
  if (lacks.some(({ why }) => !mayEnd[why])) return { finding, waitsFor: [] }
  const waitsFor = families.flatMap((family): Slot[] => [
    { kind: 'pool', pool, family },
    ...keptSlots(search, space, family),
  ])
  return { finding, waitsFor: [...waitsFor, ...sharingSlots(search.request.sharing)] }
}

/** Whether it helps to wait. */
const mayEnd: Readonly<Record<Lack['why'], boolean>> = {
  ...{ 'no-addresses': false, 'all-excluded': false },
  ...{ 'none-free': true, 'all-kept': true },
}

function whyNone(space: PoolSpace, family: Family): Lack['why'] {
  const { capacity, isAllExcluded, usable, inUse } = space.family(family)
  if (capacity === 0n) return 'no-addresses'
  if (isAllExcluded) return 'all-excluded'
  return inUse === 0 && usable > 0n ? 'all-kept' : 'none-free'
}

function keptSlots({ kept }: Search, space: PoolSpace, family: Family): Slot[] {
  const here = kept.filter(({ addresses }) =>
    addresses.some((range) => range.family === family && space.overlaps(range)),
  )
  return here.map(({ name }) => ({ kind: 'reserved', reservation: name, pool: space.pool.name, family }))
}
