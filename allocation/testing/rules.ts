import { expect } from 'chai'
import type { ReservationSpec } from '../../config/reservation.ts'
import type { Pool } from '../../config/snapshot.ts'
import { type Address, type Family, formatAddress } from '../../net/address.ts'
import { rangeContains } from '../../net/range.ts'
import { isBuggy } from '../capacity.ts'
import { isOpenTo } from '../compatibility.ts'
import { familiesOf } from '../families.ts'
import type { User } from '../holders.ts'
import type { PoolSpace } from '../pool-space.ts'
import type { Request } from '../request.ts'
import { isFor } from '../reservations.ts'

/** What bears on addresses beside the pools. The checks here look at everything, and share no index with the allocator. */
export interface Rules {
  readonly withheld: ReadonlySet<string>
  readonly reservations: readonly ReservationSpec[]
}

/** Two Services that may be on one address. */
export function agree(a: Request, b: Request): boolean {
  return a.sharing !== undefined && a.sharing === b.sharing && !a.ports.some((port) => b.ports.includes(port))
}

/** Whether a Service may stay where it is, as far as it and the pools are concerned. */
export function isPermitted(present: readonly Address[], request: Request, pools: readonly Pool[]): boolean {
  const { wanted, wantedPool, policy } = request
  const pool = poolOf(present, pools)
  if (!request.isLoadBalancer || !wanted.ok || pool === undefined || !isOpenTo(pool, request)) return false
  if (wantedPool !== '' && wantedPool !== pool.name) return false
  const texts = new Set(present.map(formatAddress))
  if (wanted.addresses.length > 0 && wanted.addresses.some((address) => !texts.has(formatAddress(address))))
    return false
  const needed = request.clusterIPs.length === 2 ? 'dual' : request.clusterIPs[0]?.includes(':') ? 'IPv6' : 'IPv4'
  const isHalf = needed === 'dual' && policy === 'PreferDualStack' && wanted.addresses.length === 0
  return request.clusterIPs.length > 0 && (familiesOf(present) === needed || isHalf)
}

/** Why a Service must not be given the address; `isShared`: others are on it. */
export function whyNotNew(
  address: Address,
  request: Request,
  pools: readonly Pool[],
  { withheld, reservations }: Rules,
  isShared: boolean,
): string | undefined {
  const pool = poolOf([address], pools)
  if (pool === undefined) return 'it is in no pool'
  if (!isOpenTo(pool, request)) return 'the pool is for others'
  if (pool.disabled) return 'the pool is disabled'
  if (pool.exclude.some((range) => rangeContains(range, address))) return 'it is excluded'
  if (withheld.has(formatAddress(address))) return 'it is withheld'
  const keeping = keptBy(address, reservations)
  if (!isShared && keeping.length > 0 && !keeping.some((reservation) => isFor(reservation, request)))
    return 'it is reserved'
  const isAsked = request.wantedPool !== '' || (request.wanted.ok && request.wanted.addresses.length > 0)
  // A second address comes from the pool of the first, which may have been asked for once.
  const isSecond = request.policy === 'PreferDualStack'
  if (
    !pool.autoAssign &&
    !isAsked &&
    !isSecond &&
    keeping.length === 0 &&
    !isDualWithKept(request, pool, reservations)
  ) {
    return 'the pool has autoAssign off'
  }
  return undefined
}

/** Free and held are all that there is beside the excluded, the withheld and the reserved; what a status names is held. */
export function checkCounters(spaces: Iterable<PoolSpace>, rules: Rules, named: ReadonlySet<string>): void {
  for (const space of spaces) {
    const { assignedIPv4, assignedIPv6, availableIPv4, availableIPv6 } = space.counters()
    const all = addressesIn(space.pool)
    const free = new Set([...freeIn(space, 4), ...freeIn(space, 6)])
    expect(BigInt(free.size), `free in ${space.pool.name}`).to.equal(availableIPv4 + availableIPv6)
    const isBarred = (address: Address) =>
      rules.withheld.has(formatAddress(address)) ||
      space.pool.exclude.some((range) => rangeContains(range, address)) ||
      keptBy(address, rules.reservations).length > 0
    const open = all.filter((address) => !isBarred(address)).map(formatAddress)
    expect(open, `free in ${space.pool.name}`).to.include.members([...free])
    const held = all.filter((address) => space.family(address.family).usersOf(address).length > 0).map(formatAddress)
    expect(held.length, `assigned from ${space.pool.name}`).to.equal(assignedIPv4 + assignedIPv6)
    expect(open.length, `free and held of ${space.pool.name}`).to.equal(
      new Set([...held.filter((a) => open.includes(a)), ...free]).size,
    )
    const namedHere = all.map(formatAddress).filter((address) => named.has(address))
    expect(held, `assigned from ${space.pool.name}`).to.include.members(namedHere)
  }
}

/** A dual-stack Service takes the other address from the pool where one is kept for it. */
function isDualWithKept(request: Request, pool: Pool, reservations: readonly ReservationSpec[]): boolean {
  const kept = reservations.filter((reservation) => isFor(reservation, request)).flatMap(({ addresses }) => addresses)
  const isHere = addressesIn(pool).some((address) => kept.some((range) => rangeContains(range, address)))
  return request.clusterIPs.length === 2 && isHere
}

function keptBy(address: Address, reservations: readonly ReservationSpec[]): ReservationSpec[] {
  return reservations.filter(({ addresses }) => addresses.some((range) => rangeContains(range, address)))
}

export function poolOf(addresses: readonly Address[], pools: readonly Pool[]): Pool | undefined {
  return pools.find((pool) => addresses.length > 0 && addresses.every((address) => has(pool, address)))
}

function has({ ranges, avoidBuggyIPs }: Pool, address: Address): boolean {
  if (avoidBuggyIPs && address.family === 4 && isBuggy(address.value)) return false
  return ranges.some((range) => rangeContains(range, address))
}

function addressesIn(pool: Pool): Address[] {
  const all = pool.ranges.flatMap(({ family, first, last }) =>
    Array.from({ length: Number(last - first) + 1 }, (_, index): Address => ({ family, value: first + BigInt(index) })),
  )
  return all.filter((address) => has(pool, address))
}

/** Found by taking them all, and giving them back. */
function freeIn(space: PoolSpace, family: Family): string[] {
  const taker: User = { service: 'test/taker', sharing: undefined, ports: [] }
  const taken: Address[] = []
  for (let next = space.family(family).firstFor(taker); next; next = space.family(family).firstFor(taker)) {
    space.family(family).hold(next, taker)
    taken.push(next)
  }
  for (const address of taken) space.family(family).release(address, taker.service)
  return taken.map(formatAddress)
}
