/** What must hold of each single write of a controller to a Service, judged by what the server had before. */
import type { V1Service } from '@kubernetes/client-node'
import { expect } from 'chai'
import { keyOf } from '../../kube/object.ts'
import type { ApiRequest } from '../../kube/request.ts'
import { type Claim, claimOf, ingressOf, mayShare } from './claim.ts'
import type { Write } from './link.ts'
import { isInQuota, placements, poolOf, whyNotGiven, whyNotKept } from './reference-rules.ts'
import type { SimulatedServer } from './simulated-server.ts'
import { targetOf } from './target.ts'
import type { Knowledge } from './told.ts'

export const ownAnnotation = 'metallb.io/ip-allocated-from-pool'
export const ownConditions = { allocated: 'metallb.io/Allocated', announced: 'metallb.io/Announced' }

export class WriteCheck {
  readonly #server: SimulatedServer
  /** Of each Service all that it asked for since it got its address. */
  readonly #terms = new Map<string, Claim[]>()
  /** Services that users touched since everything was last at rest. */
  readonly #touched = new Set<string>()
  /** By address: who had it at any time since then. */
  readonly #holders = new Register()
  /** By address: who had it or was to have it. */
  readonly #intended = new Register()
  /** Two may have led at a time, or one that did not know all yet: what goes wrong then may be repaired later. */
  #isLenient = false

  constructor(server: SimulatedServer) {
    this.#server = server
  }

  touched(key: string): void {
    const service = this.#server.get<V1Service>('services', key)
    this.#touched.add(key)
    if (service !== undefined) this.#terms.set(key, [...(this.#terms.get(key) ?? []), claimOf(service)])
  }

  leaderMayChange(): void {
    this.#isLenient = true
  }

  rested(): void {
    this.#touched.clear()
    this.#holders.clear()
    this.#intended.clear()
    for (const service of this.#server.all<V1Service>('services')) this.#noteHolder(claimOf(service))
  }

  /** The controller means the Service to have what it sends, also while that is on its way. */
  sent({ path, body }: ApiRequest): void {
    const { plural, key = '' } = targetOf({ path })
    if (plural === 'services') this.#intended.enter(key, ingressOf(JSON.parse(body ?? '{}') as V1Service))
  }

  /** `knowledge`: all that the controller can have gone by. */
  look({ plural, before, after }: Write, knowledge: readonly Knowledge[]): void {
    if (plural !== 'services') return
    expect(foreignParts(after), `what is not ours of ${keyOf(after)}`).to.deep.equal(foreignParts(before as V1Service))
    const claim = claimOf(before as V1Service)
    const has = claimOf(after).has
    const added = has.filter((address) => !claim.has.includes(address))
    const others = this.#server
      .all<V1Service>('services')
      .map(claimOf)
      .filter(({ key }) => key !== claim.key)
    const isKept = claim.has.every((address) => has.includes(address))
    if (added.length > 0) this.#checkGiven(claim, has, added, knowledge, others)
    if (!isKept) this.#checkCause(claim, knowledge, others)
    if (added.length > 0) this.#terms.set(claim.key, [claim])
    this.#noteHolder({ key: claim.key, has })
  }

  #noteHolder({ key, has }: Pick<Claim, 'key' | 'has'>): void {
    this.#holders.enter(key, has)
    this.#intended.enter(key, has)
  }

  #checkGiven(
    claim: Claim,
    has: readonly string[],
    added: readonly string[],
    knowledge: readonly Knowledge[],
    others: readonly Claim[],
  ): void {
    const what = `${claim.key} gets ${added}`
    if (!this.#isLenient) this.#checkAgreed(what, claim, added, others)
    if (this.#isLenient) return
    const isShared = added.some((address) => this.#sharers(claim, address).length > 0)
    const possible = knowledge.flatMap((all) => [this.#settled(all), ...(isShared ? [shared(all)] : [])])
    const isAllowed = possible.some((known) => {
      if (mayGet(claim, has, known, others)) return true
      const isKeepable = whyNotKept(claim, has, known.pools) === undefined
      return isKeepable && this.#formerly(claim, has).some((version) => mayGet(version, has, known, others))
    })
    expect(isAllowed, `${what}, which no rules allow`).to.equal(true)
  }

  /**
   * What the controller may still have in mind: that it was to have the addresses as it was before, told or not; and
   * what it had before it was deleted and made again, or was no load balancer for a moment, and nobody looked.
   */
  #formerly(claim: Claim, addresses: readonly string[]): Claim[] {
    const had = addresses.filter((address) => this.#holders.of(address).has(claim.key))
    return [...(this.#terms.get(claim.key) ?? []), { ...claim, has: had }]
  }

  /** Of what the controller writes for a Service that is there, or was a moment ago, it knows more than is written. */
  #settled(knowledge: Knowledge): Knowledge {
    const reservations = knowledge.reservations.filter(({ metadata, spec: { service } }) => {
      const key = `${service?.namespace}/${service?.name}`
      const isWritten = metadata?.name?.startsWith('service.') === true
      return !isWritten || (!this.#touched.has(key) && this.#server.get('services', key) === undefined)
    })
    return { ...knowledge, reservations }
  }

  /** Who else has had it since everything was last at rest. */
  #sharers({ key }: Claim, address: string): string[] {
    return [...this.#intended.of(address)].filter((other) => other !== key)
  }

  /** Whoever else has it shared it with this Service on some terms that it had since it got it. */
  #checkAgreed(what: string, claim: Claim, added: readonly string[], others: readonly Claim[]): void {
    for (const other of others.filter((one) => one.has.some((address) => added.includes(address)))) {
      const terms = [...(this.#terms.get(other.key) ?? []), other]
      const isAgreed = terms.some((their) => mayShare(claim, their))
      expect(isAgreed, `${what}, which ${other.key} has`).to.equal(true)
    }
  }

  #checkCause(claim: Claim, knowledge: readonly Knowledge[], others: readonly Claim[]): void {
    const isForbidden = knowledge.some(({ pools }) => whyNotKept(claim, claim.has, pools) !== undefined)
    const isTaken = others.some(
      (other) => !mayShare(claim, other) && other.has.some((address) => claim.has.includes(address)),
    )
    const sharers = claim.has.flatMap((address) => this.#sharers(claim, address))
    // An edit of those who share it can mean that not all can stay, until their own passes are written.
    const isDisputed = isTaken || sharers.some((key) => this.#touched.has(key))
    const isExcused = this.#isLenient || isForbidden || isDisputed
    expect(isExcused, `${claim.key} loses ${claim.has} without a cause`).to.equal(true)
  }
}

/** Keys of Services by address. */
class Register {
  readonly #keys = new Map<string, Set<string>>()

  of(address: string): ReadonlySet<string> {
    return this.#keys.get(address) ?? new Set()
  }

  enter(key: string, addresses: readonly string[]): void {
    for (const address of addresses) this.#keys.set(address, new Set([...this.of(address), key]))
  }

  clear(): void {
    this.#keys.clear()
  }
}

/** Whoever shares may come to a kept address; and beyond the quota, where others are about to leave the address. */
function shared(knowledge: Knowledge): Knowledge {
  const pools = knowledge.pools.map((pool) => ({ ...pool, quota: Number.POSITIVE_INFINITY }))
  return { ...knowledge, pools, reservations: [] }
}

/** Whether the rules allow that it is given these: all of them anew, or one beside the one that it has. */
function mayGet(claim: Claim, has: readonly string[], knowledge: Knowledge, others: readonly Claim[]): boolean {
  const isSecond = claim.has.length > 0 && claim.has.every((address) => has.includes(address))
  const kept = isSecond ? claim.has : []
  const added = has.filter((address) => !kept.includes(address))
  const pool = poolOf(has, knowledge.pools)
  if (pool === undefined || !isInQuota({ ...claim, has: kept }, added, pool, others)) return false
  if (isSecond) return added.every((address) => whyNotGiven(claim, address, knowledge, []) === undefined)
  const possible = placements({ ...claim, has: [] }, knowledge, [])
  return possible.some((addresses) => addresses.toSorted().join() === has.toSorted().join())
}

function foreignParts({ metadata, spec, status }: V1Service): unknown {
  const { labels, annotations = {}, uid } = metadata ?? {}
  const notes = Object.entries(annotations).filter(([key]) => key !== ownAnnotation)
  const own = Object.values(ownConditions)
  return { labels, notes, uid, spec, conditions: status?.conditions?.filter(({ type }) => !own.includes(type)) }
}
