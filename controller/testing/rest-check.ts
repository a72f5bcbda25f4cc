/** What must hold when nothing is under way any more: who has what, who waits for nothing in vain, and what is told. */
import type { V1Namespace, V1Service } from '@kubernetes/client-node'
import { expect } from 'chai'
import type { ConfigurationState, IPAddressPool } from '../../crds/generated/types.ts'
import { type Claim, claimOf, mayShare } from './claim.ts'
import { announcedReason } from './reference-announcing.ts'
import { isIPv6, type ReferencePool, referencePools } from './reference-pools.ts'
import { isInQuota, keeping, placements, poolOf, whyNotGiven, whyNotKept } from './reference-rules.ts'
import type { SimulatedServer } from './simulated-server.ts'
import type { Knowledge, Told } from './told.ts'
import { ownAnnotation, ownConditions } from './write-check.ts'

/** `told`: what whoever leads knows. */
export function checkRest(server: SimulatedServer, { history }: Told): void {
  const pools = server.all<IPAddressPool>('ipaddresspools')
  const isValid = referencePools(pools, server.all<V1Namespace>('namespaces')) !== undefined
  const state = server.get<ConfigurationState>('configurationstates', 'metallb-system/controller')
  expect(state?.status?.result, 'ConfigurationState').to.equal(isValid ? 'Valid' : 'Invalid')
  const knowledge = history.at(-1)
  if (knowledge === undefined) return // nothing was ever valid: everything stays as it is
  const services = server.all<V1Service>('services')
  const claims = services.map(claimOf)
  for (const [index, service] of services.entries()) {
    const claim = claims[index]!
    const others = claims.filter((other) => other !== claim)
    if (!claim.isOurs) checkForeign(service, claim)
    else if (claim.has.length > 0) checkServed(service, claim, knowledge, others)
    else checkWaiting(service, claim, knowledge, others)
    const { reason } = conditionOf(service, ownConditions.announced) ?? {}
    const isServed = claim.isOurs && claim.has.length > 0
    const expected = isServed ? announcedReason(server, claim.key) : undefined
    if (claim.isOurs || !claim.isLoadBalancer) expect(reason, `whether ${claim.key} is announced`).to.equal(expected)
  }
  if (isValid) for (const pool of pools) checkCounters(pool, knowledge, claims)
}

function checkServed(service: V1Service, claim: Claim, knowledge: Knowledge, others: readonly Claim[]): void {
  const { key, has } = claim
  expect(whyNotKept(claim, has, knowledge.pools), `${key} has ${has}`).to.equal(undefined)
  const rival = others.find((other) => other.has.some((address) => has.includes(address)) && !mayShare(claim, other))
  expect(rival?.key, `who has ${has} beside ${key} and does not share`).to.equal(undefined)
  const pool = poolOf(has, knowledge.pools)!
  expect(service.metadata?.annotations?.[ownAnnotation], `pool annotation of ${key}`).to.equal(pool.name)
  const { status, message } = conditionOf(service) ?? {}
  expect(status, `condition of ${key}`).to.equal('True')
  expect(message, `condition of ${key}`).to.match(new RegExp(`^${has.join(', ')} from pool ${pool.name}(;|$)`))
  expect(secondFor(claim, pool, knowledge, others), `second address for ${key}`).to.deep.equal([])
}

/** Where two are preferred and there is one, all that could be the other one. */
function secondFor(claim: Claim, pool: ReferencePool, knowledge: Knowledge, others: readonly Claim[]): string[] {
  const { families, policy, wanted, has } = claim
  if (families !== 'dual' || policy !== 'PreferDualStack' || has.length > 1 || wanted?.length !== 0) return []
  const other = [...pool.addresses].filter((address) => isIPv6(address) !== isIPv6(has[0]!))
  const usable = other.filter((address) => whyNotGiven(claim, address, knowledge, others) === undefined)
  return usable.filter((address) => isInQuota(claim, [address], pool, others))
}

function checkWaiting(service: V1Service, claim: Claim, knowledge: Knowledge, others: readonly Claim[]): void {
  const { key } = claim
  expect(placements(claim, knowledge, others).slice(0, 1), `what ${key} waits for in vain`).to.deep.equal([])
  expect(service.metadata?.annotations?.[ownAnnotation], `pool annotation of ${key}`).to.equal(undefined)
  expect(conditionOf(service)?.status, `condition of ${key}`).to.equal('False')
}

/** What one of another class says may come from another installation. */
function checkForeign(service: V1Service, { key, has, isLoadBalancer }: Claim): void {
  expect(has, `addresses of ${key}, which is not ours`).to.deep.equal([])
  if (isLoadBalancer) return
  expect(service.metadata?.annotations?.[ownAnnotation], `pool annotation of ${key}`).to.equal(undefined)
  expect(conditionOf(service), `condition of ${key}`).to.equal(undefined)
}

function checkCounters({ metadata, status }: IPAddressPool, knowledge: Knowledge, claims: readonly Claim[]): void {
  const name = metadata?.name ?? ''
  const pool = knowledge.pools.find((one) => one.name === name)!
  const held = new Set(claims.flatMap(({ has }) => has))
  const all = [...pool.addresses]
  const assigned = all.filter((address) => held.has(address))
  const available = all.filter((address) => {
    const isBarred = pool.excluded.has(address) || knowledge.nodeAddresses.has(address)
    return !held.has(address) && !isBarred && keeping(address, knowledge).length === 0
  })
  const expected = {
    assignedIPv4: assigned.filter((address) => !isIPv6(address)).length,
    assignedIPv6: assigned.filter(isIPv6).length,
    availableIPv4: available.filter((address) => !isIPv6(address)).length,
    availableIPv6: available.filter(isIPv6).length,
  }
  expect(status, `counters of pool ${name}`).to.include(expected)
  expect(status?.conditions?.[0], `condition of pool ${name}`).to.include({ type: 'Valid', status: 'True' })
}

function conditionOf({ status }: V1Service, wanted = ownConditions.allocated) {
  return status?.conditions?.find(({ type }) => type === wanted)
}
