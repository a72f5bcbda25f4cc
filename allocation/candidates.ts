import { isOpenTo, isPinnedTo } from './compatibility.ts'
import type { PoolSpace } from './pool-space.ts'
import type { Request } from './request.ts'

/** Pools meant for the Service: by priority (0 is last), then by name. */
export function pinnedPools(pools: Iterable<PoolSpace>, request: Request): PoolSpace[] {
  return [...pools].filter(({ pool }) => pool.autoAssign && isPinnedTo(pool, request)).sort(byPriority)
}

/** Pools for everybody, by name. */
export function openPools(pools: Iterable<PoolSpace>): PoolSpace[] {
  return [...pools].filter(({ pool }) => pool.autoAssign && pool.allocation === undefined)
}

/** For a pool that was not even tried: why. */
export function whyNotTried({ pool }: PoolSpace, request: Request): string {
  if (!isOpenTo(pool, request)) return 'not open to this Service'
  if (!pool.autoAssign) return 'autoAssign is off'
  return 'its serviceAllocation selects no namespace'
}

function byPriority(a: PoolSpace, b: PoolSpace): number {
  if (rank(a) !== rank(b)) return rank(a) - rank(b)
  return a.pool.name < b.pool.name ? -1 : 1
}

function rank({ pool }: PoolSpace): number {
  return pool.allocation?.priority || Number.MAX_SAFE_INTEGER
}
