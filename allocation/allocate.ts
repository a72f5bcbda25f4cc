import { type Address, compareAddresses, type Family } from '../net/address.ts'
import { assign, formatAddresses, type Placement, poolClosed, take } from './assign.ts'
import { openPools, pinnedPools, whyNotTried } from './candidates.ts'
import { isOpenTo } from './compatibility.ts'
import { type Families, familiesOf, familyLists, nameOfFamily, otherFamily, tryParseAddress } from './families.ts'
import { unclearFamilies } from './keep.ts'
import type { Ledger } from './ledger.ts'
import type { PoolSpace } from './pool-space.ts'
import { type Refusal, refusal, type Slot } from './refusal.ts'
import type { Request } from './request.ts'

/** How many pools an explanation names. */
const mostPoolsNamed = 8

/** Finds addresses for a Service that has none, and makes them its own. */
export function allocate(ledger: Ledger, request: Request): Placement | Refusal {
  const { wanted, wantedPool } = request
  // 1. The Service's own families say which addresses it needs.
  const families = familiesOf(request.clusterIPs.map(tryParseAddress))
  if (families === undefined) return unclearFamilies(request)
  // 2. A request that cannot be read is refused whole.
  if (!wanted.ok) return refusal('InvalidRequest', wanted.problem)
  // 3. Addresses asked for are given, or nothing.
  if (wanted.addresses.length > 0) return allocateWanted(ledger, request, families, wanted.addresses)
  // 4. A pool asked for is used, or nothing. autoAssign does not matter here.
  if (wantedPool !== '') return allocateFrom(ledger, request, families, wantedPool)
  // 5. Otherwise: pools meant for the Service, then pools for everybody.
  return allocateAnywhere(ledger, request, families)
}

/** The lowest usable address of the family, if the pool has one. */
export function lowestIn(space: PoolSpace, family: Family, request: Request): Address | undefined {
  return space.family(family).lowestFor(request)
}

function allocateWanted(
  ledger: Ledger,
  request: Request,
  families: Families,
  addresses: readonly Address[],
): Placement | Refusal {
  const wantedFamilies = familiesOf(addresses)
  if (wantedFamilies !== families) {
    const message = `${formatAddresses(addresses)} is requested (${wantedFamilies}) for a Service that is ${families}`
    return refusal('RequestFamilies', message)
  }
  const owner = ledger.poolOf(addresses)
  if (request.wantedPool !== '' && owner !== undefined && owner.pool.name !== request.wantedPool) {
    const message = `${formatAddresses(addresses)} is requested from pool ${request.wantedPool} but is in pool ${owner.pool.name}`
    return refusal('PoolMismatch', message)
  }
  return assign(ledger, request, addresses)
}

function allocateFrom(ledger: Ledger, request: Request, families: Families, name: string): Placement | Refusal {
  const space = ledger.pools.get(name)
  if (space === undefined) return refusal('UnknownPool', `pool ${name} is requested and does not exist`)
  if (!isOpenTo(space.pool, request)) return poolClosed(space, request)
  return claim(ledger, request, bestFit([space], families, request)) ?? exhausted([space], [], families, request)
}

function allocateAnywhere(ledger: Ledger, request: Request, families: Families): Placement | Refusal {
  const pools = [...ledger.pools.values()]
  const pinned = pinnedPools(pools, request)
  const open = openPools(pools)
  // Pinned pools go first even where only an open one has both families.
  const placement = bestFit(pinned, families, request) ?? bestFit(open, families, request)
  return claim(ledger, request, placement) ?? exhausted([...pinned, ...open], pools, families, request)
}

function claim(ledger: Ledger, request: Request, placement: Placement | undefined): Placement | undefined {
  if (placement !== undefined) take(ledger, request, placement)
  return placement
}

/** The first pool that can serve all families; for PreferDualStack else the first for the primary, then the other one. */
function bestFit(pools: readonly PoolSpace[], families: Families, request: Request): Placement | undefined {
  const { policy, primary } = request
  if (families === 'dual' && policy === 'SingleStack') return undefined
  const whole = firstWith(pools, familyLists[families], request)
  if (whole !== undefined || families !== 'dual' || policy === 'RequireDualStack') return whole
  return firstWith(pools, [primary], request) ?? firstWith(pools, [otherFamily(primary)], request)
}

function firstWith(pools: readonly PoolSpace[], families: readonly Family[], request: Request): Placement | undefined {
  for (const space of pools) {
    const addresses = families.flatMap((family) => lowestIn(space, family, request) ?? [])
    if (addresses.length === families.length) return { space, addresses: addresses.sort(compareAddresses) }
  }
  return undefined
}

/** No tried pool could serve: names each of them, and those that were not tried, with the reason. */
function exhausted(
  tried: readonly PoolSpace[],
  all: readonly PoolSpace[],
  families: Families,
  request: Request,
): Refusal {
  if (families === 'dual' && request.policy === 'SingleStack') {
    return refusal('ClusterIPFamilies', 'the Service has cluster IPs of both families and ipFamilyPolicy SingleStack')
  }
  const waitsFor = tried.flatMap((space) => missingSlots(space, families, request))
  const untried = all.filter((space) => !tried.includes(space))
  const findings = [
    ...tried.map((space) => `${space.pool.name}: ${whatIsMissing(space, families, request)}`),
    ...untried.map((space) => `${space.pool.name}: ${whyNotTried(space, request)}`),
  ]
  const more = findings.length > mostPoolsNamed ? `; and ${findings.length - mostPoolsNamed} more pools` : ''
  const message = `no pool can serve ${families}: ${findings.slice(0, mostPoolsNamed).join('; ')}${more}`
  if (waitsFor.length === 0) return refusal('NoSuitablePool', message)
  return refusal('PoolExhausted', message, [...waitsFor, ...sharingSlots(request)])
}

function sharingSlots({ sharing }: Request): Slot[] {
  return sharing === undefined ? [] : [{ kind: 'sharing', sharing }]
}

function missingSlots(space: PoolSpace, families: Families, request: Request): Slot[] {
  return missingFamilies(space, families, request)
    .filter((family) => space.family(family).capacity > 0n)
    .map((family) => ({ kind: 'pool', pool: space.pool.name, family }))
}

function whatIsMissing(space: PoolSpace, families: Families, request: Request): string {
  const missing = missingFamilies(space, families, request).map((family) => {
    const name = nameOfFamily(family)
    return space.family(family).capacity > 0n ? `no free ${name} address` : `no ${name} addresses`
  })
  return missing.join(' and ')
}

function missingFamilies(space: PoolSpace, families: Families, request: Request): Family[] {
  return familyLists[families].filter((family) => lowestIn(space, family, request) === undefined)
}
