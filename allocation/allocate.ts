import type { Address, Family } from '../net/address.ts'
import type { AddressRange } from '../net/range.ts'
import { assignNew, formatAddresses, type Placement, poolClosed, take } from './assign.ts'
import { isOpenTo } from './compatibility.ts'
import { exhausted } from './exhaustion.ts'
import { type Families, familiesOf, familyLists, nameOfFamilies, otherFamily, tryParseAddress } from './families.ts'
import { unclearFamilies } from './keep.ts'
import type { Ledger } from './ledger.ts'
import { type Inquiry, offer, type Search, searchFor } from './offer.ts'
import type { PoolSpace } from './pool-space.ts'
import { type Refusal, refusal } from './refusal.ts'
import type { Request } from './request.ts'
import { explainShortage } from './shortage.ts'

/** A search over several pools. */
interface Attempt extends Search {
  /** What has been asked for in vain. */
  readonly vain: Inquiry[]
}

/** Finds addresses for a Service that has none, and makes them its own. */
export function allocate(ledger: Ledger, request: Request): Placement | Refusal {
  const { wanted, wantedPool, policy } = request
  // 1. The Service's own families say which addresses it needs.
  const families = familiesOf(request.clusterIPs.map(tryParseAddress))
  if (families === undefined) return unclearFamilies(request)
  // 2. A request that cannot be read is refused whole.
  if (!wanted.ok) return refusal('InvalidRequest', wanted.problem)
  // 3. Addresses asked for are given, or nothing.
  if (wanted.addresses.length > 0) return allocateWanted(ledger, request, families, wanted.addresses)
  // 4. Otherwise two cluster IPs need a policy that allows two addresses.
  if (families === 'dual' && policy === 'SingleStack') {
    return refusal('ClusterIPFamilies', 'the Service has cluster IPs of both families and ipFamilyPolicy SingleStack')
  }
  // 5. A pool asked for is used, or nothing. autoAssign does not matter here.
  if (wantedPool !== '') return allocateFrom(ledger, request, families, wantedPool)
  // 6. Otherwise: addresses kept for the Service, then pools meant for it, then pools for everybody.
  return allocateAnywhere(ledger, request, families)
}

function allocateWanted(
  ledger: Ledger,
  request: Request,
  families: Families,
  addresses: readonly Address[],
): Placement | Refusal {
  const text = formatAddresses(addresses)
  if (familiesOf(addresses) !== families) {
    const own = nameOfFamilies(families)
    const remedy = 'ask for one address of each of its families'
    return refusal('RequestFamilies', `${text} is requested for a Service that is ${own}: ${remedy}`)
  }
  const owner = ledger.pools.having(addresses)
  if (request.wantedPool !== '' && owner !== undefined && owner.pool.name !== request.wantedPool) {
    return refusal(
      'PoolMismatch',
      `${text} is requested from pool ${request.wantedPool} but is in pool ${owner.pool.name}`,
    )
  }
  return assignNew(ledger, request, addresses)
}

function allocateFrom(ledger: Ledger, request: Request, families: Families, name: string): Placement | Refusal {
  const space = ledger.pools.get(name)
  if (space === undefined) return refusal('UnknownPool', `pool ${name} is requested and does not exist`)
  if (!isOpenTo(space.pool, request)) return poolClosed(space, request)
  const attempt = { ...searchFor(ledger, request), vain: [] }
  return claim(ledger, request, bestFit(attempt, [space], families)) ?? explain(attempt, [], families)
}

function allocateAnywhere(ledger: Ledger, request: Request, families: Families): Placement | Refusal {
  const attempt = { ...searchFor(ledger, request), vain: [] }
  const { candidates } = ledger.pools
  const placement =
    fromKept(ledger, attempt, families) ??
    // Pinned pools go first even where only an open one has both families.
    bestFit(attempt, candidates.pinnedTo(request), families) ??
    bestFit(attempt, candidates.open, families)
  return claim(ledger, request, placement) ?? explain(attempt, ledger.pools.values(), families)
}

/** Addresses kept for the Service are taken from any pool that is open to it. */
function fromKept(ledger: Ledger, attempt: Attempt, families: Families): Placement | undefined {
  const isNeeded = ({ family }: AddressRange) => familyLists[families].includes(family)
  for (const tier of ledger.reservations.for(attempt.request)) {
    const ranges = tier.flatMap(({ addresses }) => addresses.filter(isNeeded))
    const spaces = new Set(ranges.flatMap((range) => ledger.pools.touching(range)))
    const open = [...spaces].filter(({ pool }) => isOpenTo(pool, attempt.request))
    const placement = bestFit(attempt, open, families, true)
    if (placement !== undefined) return placement
  }
  return undefined
}

function claim(ledger: Ledger, request: Request, placement: Placement | undefined): Placement | undefined {
  if (placement !== undefined) take(ledger, request, placement)
  return placement
}

/** The first pool that can serve all families; for PreferDualStack else the first for the primary, then the other one. */
function bestFit(
  attempt: Attempt,
  pools: readonly PoolSpace[],
  families: Families,
  mustBeKept = false,
): Placement | undefined {
  const { policy, primary } = attempt.request
  const first = (wanted: readonly Family[]) => firstOffer(attempt, pools, wanted, mustBeKept)
  const whole = first(familyLists[families])
  if (whole !== undefined || families !== 'dual' || policy === 'RequireDualStack') return whole
  return first([primary]) ?? first([otherFamily(primary)])
}

function firstOffer(
  attempt: Attempt,
  pools: readonly PoolSpace[],
  families: readonly Family[],
  mustBeKept: boolean,
): Placement | undefined {
  for (const space of pools) {
    const inquiry = { space, families, mustBeKept }
    const addresses = offer(attempt, inquiry)
    if (addresses !== undefined) return { space, addresses }
    attempt.vain.push(inquiry)
  }
  return undefined
}

function explain(attempt: Attempt, others: Iterable<PoolSpace>, families: Families): Refusal {
  const shortages = attempt.vain.map((inquiry) => explainShortage(attempt, inquiry))
  return exhausted(shortages, others, families, attempt.request)
}
