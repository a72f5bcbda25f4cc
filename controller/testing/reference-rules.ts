/** Who may have which address: everything is looked at, nothing is indexed. Shares no code with the product. */
import type { IPReservation } from '../../crds/generated/types.ts'
import { type Claim, familiesOf, mayShare } from './claim.ts'
import { enumerate, hasLabels, isAutomatic, isIPv6, isOpen, type ReferencePool } from './reference-pools.ts'
import type { Knowledge } from './told.ts'

export function poolOf(addresses: readonly string[], pools: readonly ReferencePool[]): ReferencePool | undefined {
  return pools.find((pool) => addresses.every((address) => pool.addresses.has(address)))
}

/** Why a Service must not keep the addresses it has, others on them apart; undefined: it must. */
export function whyNotKept(claim: Claim, has: readonly string[], pools: readonly ReferencePool[]): string | undefined {
  const { families, policy, wanted, wantedPool } = claim
  if (!claim.isOurs) return 'it is not ours'
  if (families === '') return 'it has no cluster IP'
  if (policy === 'RequireDualStack' && families !== 'dual') return 'it needs two cluster IPs'
  const isHalf = families === 'dual' && policy === 'PreferDualStack'
  if (familiesOf(has) !== families && !isHalf) return 'it has other families'
  const pool = poolOf(has, pools)
  if (pool === undefined) return `no pool has ${has}`
  if (!isOpen(pool, claim.namespace, claim.labels)) return `pool ${pool.name} is for others`
  if (wantedPool !== '' && wantedPool !== pool.name) return `it wants pool ${wantedPool}`
  if (wanted === undefined || wanted.length === 0) return undefined
  const isSame = wanted.length === has.length && wanted.every((address) => has.includes(address))
  return isSame ? undefined : `it wants ${wanted}`
}

/** Why a Service may not be given the address, quota and autoAssign apart; undefined: it may. */
export function whyNotGiven(
  claim: Claim,
  address: string,
  knowledge: Knowledge,
  others: readonly Claim[],
): string | undefined {
  const { pools, nodeAddresses } = knowledge
  const pool = poolOf([address], pools)
  if (pool === undefined) return 'no pool has it'
  if (!isOpen(pool, claim.namespace, claim.labels)) return `pool ${pool.name} is for others`
  if (pool.disabled) return `pool ${pool.name} is disabled`
  if (pool.excluded.has(address)) return 'it is excluded'
  if (nodeAddresses.has(address)) return 'a node has it'
  const holders = others.filter(({ key, has }) => key !== claim.key && has.includes(address))
  const stranger = holders.find((other) => !mayShare(claim, other))
  if (stranger !== undefined) return `${stranger.key} has it`
  const isForOthers = keeping(address, knowledge).length > 0 && !isKeptFor(claim, address, knowledge)
  return isForOthers && holders.length === 0 ? 'it is kept for others' : undefined
}

/** All that the Service could be given now; empty: it has to wait. */
export function placements(claim: Claim, knowledge: Knowledge, others: readonly Claim[]): string[][] {
  const { families, policy, wanted, wantedPool } = claim
  if (!claim.isOurs || families === '' || wanted === undefined) return []
  if (families === 'dual' ? policy === 'SingleStack' && wanted.length === 0 : policy === 'RequireDualStack') return []
  return knowledge.pools.flatMap((pool) => {
    if (wantedPool !== '' && wantedPool !== pool.name) return []
    const usable = [...pool.addresses].filter((address) => !whyNotGiven(claim, address, knowledge, others))
    const fitting = combinations(usable, claim).filter((addresses) => isInQuota(claim, addresses, pool, others))
    if (wanted.length > 0)
      return fitting.filter((addresses) => addresses.toSorted().join() === wanted.toSorted().join())
    if (wantedPool !== '' || isAutomatic(pool)) return fitting
    return fitting.filter((addresses) => addresses.some((address) => isKeptFor(claim, address, knowledge)))
  })
}

function combinations(usable: readonly string[], { families, policy, wanted = [] }: Claim): string[][] {
  const four = usable.filter((address) => !isIPv6(address))
  const six = usable.filter(isIPv6)
  if (families === 'v4') return four.map((address) => [address])
  if (families === 'v6') return six.map((address) => [address])
  const both = four.flatMap((first) => six.map((second) => [first, second]))
  const isOneEnough = policy === 'PreferDualStack' && wanted.length === 0
  return isOneEnough ? [...both, ...usable.map((address) => [address])] : both
}

/** What the Service itself has counts only if it stays, as in `has`. */
export function isInQuota(
  claim: Claim,
  added: readonly string[],
  pool: ReferencePool,
  others: readonly Claim[],
): boolean {
  const own = others.filter(({ key, namespace }) => key !== claim.key && namespace === claim.namespace)
  const held = new Set(
    [...own.flatMap(({ has }) => has), ...claim.has].filter((address) => pool.addresses.has(address)),
  )
  const more = added.filter((address) => !held.has(address))
  return more.length === 0 || held.size + more.length <= pool.quota
}

/** What is kept for a Service by name is for that Service alone. */
function isKeptFor(claim: Claim, address: string, knowledge: Knowledge): boolean {
  const all = keeping(address, knowledge)
  const naming = all.filter(({ spec }) => spec.service !== undefined)
  return (naming.length > 0 ? naming : all).some((reservation) => isFor(reservation, claim))
}

/** The reservations that have the address. */
export function keeping(address: string, { reservations }: Knowledge): IPReservation[] {
  return reservations.filter(({ spec }) => spec.addresses.some((text) => enumerate(text)?.includes(address)))
}

function isFor({ spec: { service, namespace, serviceSelector } }: IPReservation, claim: Claim): boolean {
  if (service !== undefined) return `${service.namespace}/${service.name}` === claim.key
  if (namespace !== undefined) return namespace === claim.namespace
  return hasLabels(claim.labels, serviceSelector?.matchLabels ?? {})
}
