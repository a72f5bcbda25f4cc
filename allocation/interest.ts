import { isDeepStrictEqual } from 'node:util'
import type { Pool } from '../config/snapshot.ts'
import type { Family } from '../net/address.ts'
import { rangeContains, rangesOverlap } from '../net/range.ts'
import { isOpenTo, isPinnedTo } from './compatibility.ts'
import type { PoolChange } from './pool-set.ts'
import type { Request } from './request.ts'
import type { Reservations } from './reservations.ts'
import type { Slot } from './slot.ts'

/** Whether the change of a pool can mean anything to a Service that waits, or to what it is told. */
export function concerns({ before, after }: PoolChange, request: Request, reservations: Reservations): boolean {
  return [before, after].some((pool) => pool !== undefined && isOfInterest(pool, request, reservations))
}

/**
 * Where a change can only mean that there are more addresses: for what a Service waits to which that is of use.
 * One such is woken at a time. Undefined: the change may mean something else.
 */
export function slotsOfMore(
  { before, after }: PoolChange,
  request: Request,
  reservations: Reservations,
): readonly Slot[] | undefined {
  if (
    before === undefined ||
    after === undefined ||
    !isDeepStrictEqual(accessOf(before, request), accessOf(after, request))
  )
    return undefined
  if (isKeptIn(after, request, reservations)) return undefined
  const families = new Set(request.clusterIPs.map((text): Family => (text.includes(':') ? 6 : 4)))
  return [...families].map((family) => ({ kind: 'pool', pool: after.name, family }))
}

/** Whether, and how many, addresses of a pool the Service may have. */
function accessOf(pool: Pool, request: Request): unknown {
  const { autoAssign, disabled, quota, allocation } = pool
  return [autoAssign, disabled, quota, allocation === undefined, isOpenTo(pool, request), isPinnedTo(pool, request)]
}

function isOfInterest(pool: Pool, request: Request, reservations: Reservations): boolean {
  const { wanted, wantedPool } = request
  // 1. A request that cannot be read is not helped by any pool.
  if (!wanted.ok) return false
  // 2. Addresses asked for: the pool that has one of them.
  if (wanted.addresses.length > 0) {
    return wanted.addresses.some((address) => pool.ranges.some((range) => rangeContains(range, address)))
  }
  // 3. A pool asked for: that pool.
  if (wantedPool !== '') return pool.name === wantedPool
  // 4. Otherwise: what would be tried.
  if (pool.autoAssign && (pool.allocation === undefined || isPinnedTo(pool, request))) return true
  return isOpenTo(pool, request) && isKeptIn(pool, request, reservations)
}

/** Pools without autoAssign are tried for what is kept in them. */
function isKeptIn(pool: Pool, request: Request, reservations: Reservations): boolean {
  const kept = reservations.for(request).flat()
  return kept.some(({ addresses }) => addresses.some((range) => pool.ranges.some((own) => rangesOverlap(own, range))))
}
