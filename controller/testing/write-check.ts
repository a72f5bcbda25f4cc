/** What must hold of each single write of a controller to a Service, judged by what the server had before. */
import type { V1Service } from '@kubernetes/client-node'
import { expect } from 'chai'
import { keyOf } from '../../kube/object.ts'
import { type Claim, claimOf, mayShare } from './claim.ts'
import type { Write } from './link.ts'
import { isInQuota, placements, poolOf, whyNotGiven, whyNotKept } from './reference-rules.ts'
import type { SimulatedServer } from './simulated-server.ts'
import type { Knowledge } from './told.ts'

export const ownAnnotation = 'metallb.io/ip-allocated-from-pool'
export const ownCondition = 'metallb.io/Allocated'

export class WriteCheck {
  readonly #server: SimulatedServer
  /** Of each Service all that it asked for since it got its address. */
  readonly #terms = new Map<string, Claim[]>()
  /** Services that users touched since everything was last at rest. */
  readonly #touched = new Set<string>()
  /** By address: who had it at any time since then. */
  readonly #holders = new Map<string, Set<string>>()
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
    for (const service of this.#server.all<V1Service>('services')) this.#noteHolder(claimOf(service))
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
    if (added.length > 0) this.#checkGiven(claim, has, added, isKept, knowledge, others)
    if (!isKept) this.#checkCause(claim, knowledge, others)
    if (added.length > 0) this.#terms.set(claim.key, [claim])
    this.#noteHolder({ key: claim.key, has })
  }

  #noteHolder({ key, has }: Pick<Claim, 'key' | 'has'>): void {
    for (const address of has) this.#holders.set(address, (this.#holders.get(address) ?? new Set()).add(key))
  }

  #checkGiven(
    claim: Claim,
    has: readonly string[],
    added: readonly string[],
    isKept: boolean,
    knowledge: readonly Knowledge[],
    others: readonly Claim[],
  ): void {
    const what = `${claim.key} gets ${added}`
    if (!this.#isLenient) this.#checkAgreed(what, claim, added, others)
    if (this.#isLenient) return
    const isShared = others.some((other) => other.has.some((address) => added.includes(address)))
    const isAllowed = knowledge.some((all) => {
      const known = isShared ? { ...all, reservations: [] } : all
      const pool = poolOf(has, known.pools)
      // Deleted and made again before anybody looked: it is the same to the controller.
      if (this.#hadAll(claim, has) && whyNotKept(claim, has, known.pools) === undefined) return true
      const isSecond = isKept && claim.has.length > 0
      const kept = isSecond ? claim.has : []
      if (pool === undefined || !isInQuota({ ...claim, has: kept }, added, pool, others)) return false
      if (isSecond) return added.every((address) => whyNotGiven(claim, address, known, []) === undefined)
      return placements({ ...claim, has: [] }, known, []).some((one) => one.toSorted().join() === has.toSorted().join())
    })
    expect(isAllowed, `${what}, which no rules allow`).to.equal(true)
  }

  #hadAll({ key }: Claim, addresses: readonly string[]): boolean {
    return addresses.every((address) => this.#holders.get(address)?.has(key))
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
    const sharers = claim.has.flatMap((address) => [...(this.#holders.get(address) ?? [])])
    // An edit of those who share it can mean that not all can stay, until their own passes are written.
    const isDisputed = isTaken || sharers.some((key) => key !== claim.key && this.#touched.has(key))
    const isExcused = this.#isLenient || isForbidden || isDisputed
    expect(isExcused, `${claim.key} loses ${claim.has} without a cause`).to.equal(true)
  }
}

function foreignParts({ metadata, spec, status }: V1Service): unknown {
  const { labels, annotations = {}, uid } = metadata ?? {}
  const notes = Object.entries(annotations).filter(([key]) => key !== ownAnnotation)
  return { labels, notes, uid, spec, conditions: status?.conditions?.filter(({ type }) => type !== ownCondition) }
}
