import { isDeepStrictEqual } from 'node:util'
import type { Pool } from '../config/snapshot.ts'
import { assign } from './assign.ts'
import { converge, type Decision } from './converge.ts'
import { familiesOf, tryParseAddress } from './families.ts'
import { type Allocation, Ledger } from './ledger.ts'
import type { PoolSpace } from './pool-space.ts'
import { isRefusal, type Slot } from './refusal.ts'
import type { Request } from './request.ts'
import { Waiting } from './waiting.ts'

/**
 * All allocations of a cluster. The caller shows it every change and carries out what is decided;
 * the keys that a call returns are Services to decide about again, because something they wait for may be there.
 */
export class Allocator {
  readonly #ledger = new Ledger()
  readonly #waiting = new Waiting()

  get pools(): Iterable<PoolSpace> {
    return this.#ledger.pools.values()
  }

  pool(name: string): PoolSpace | undefined {
    return this.#ledger.pools.get(name)
  }

  /** Names of the pools whose counters may have changed since the last call. */
  takeRecounted(): Iterable<string> {
    return this.#ledger.takeRecounted()
  }

  allocationOf(service: string): Allocation | undefined {
    return this.#ledger.allocationOf(service)
  }

  /** Also of addresses that are set aside. */
  holds(service: string): boolean {
    return this.#ledger.holds(service)
  }

  /** Returns whom the change concerns: holders in pools that changed, and everybody who waits. */
  setPools(pools: readonly Pool[]): Set<string> {
    const touched = this.#ledger.setPools(pools)
    for (const service of this.#waiting.services()) touched.add(service)
    return touched
  }

  /** At start: believes the status where it breaks no rule, so that nobody else is given the addresses meanwhile. */
  adopt(request: Request): boolean {
    const { isLoadBalancer, current, clusterIPs } = request
    const families = familiesOf(current)
    if (!isLoadBalancer || families === undefined) return false
    const own = familiesOf(clusterIPs.map(tryParseAddress))
    if (own !== families && own !== 'dual') return false
    const addresses = current.flatMap((address) => address ?? [])
    return !isRefusal(assign(this.#ledger, request, addresses))
  }

  /** One pass over one Service. Addresses that it gives up stay set aside until `settle`. */
  decide(request: Request): Decision & { readonly wake: readonly string[] } {
    const { key } = request
    const held = this.#ledger.allocationOf(key)
    const former = [...(held === undefined ? [] : [held]), ...this.#ledger.takeAside(key)]
    const decision = converge(this.#ledger, request)
    this.#ledger.setAside(key, former)
    this.#waiting.remove(key)
    if (decision.waitsFor !== undefined) this.#waiting.add(key, decision.waitsFor)
    return { ...decision, wake: [...this.#wakeSharers(key, held), ...this.#passOn(key)] }
  }

  /** The API server knows that the Service gave up what was set aside for it. */
  settle(service: string): string[] {
    return this.#wakeFor(this.#ledger.takeAside(service))
  }

  /** The Service is gone, or is no longer ours. */
  forget(service: string): string[] {
    const held = this.#ledger.release(service)
    const freed = [...(held === undefined ? [] : [held]), ...this.#ledger.takeAside(service)]
    this.#waiting.remove(service)
    return [...this.#wakeFor(freed), ...this.#passOn(service)]
  }

  /** Those who could share with the Service under the key that it has now. */
  #wakeSharers(service: string, former: Allocation | undefined): string[] {
    const allocation = this.#ledger.allocationOf(service)
    const sharing = allocation?.user.sharing
    if (sharing === undefined || isDeepStrictEqual(allocation, former)) return []
    return this.#waiting.wakeAll({ kind: 'sharing', sharing })
  }

  #wakeFor(freed: readonly Allocation[]): string[] {
    return freed.flatMap(({ pool, addresses, user: { sharing } }) => [
      ...addresses.flatMap((address) => this.#waiting.wakeAll({ kind: 'address', address })),
      ...(sharing === undefined ? [] : this.#waiting.wakeAll({ kind: 'sharing', sharing })),
      ...addresses.flatMap(({ family }) => this.#wakeIfFree({ kind: 'pool', pool, family })),
    ])
  }

  /** A Service that was woken may have left what it was woken for to the next. */
  #passOn(service: string): string[] {
    return this.#waiting.finishWake(service).flatMap((slot) => this.#wakeIfFree(slot))
  }

  /** One for each address: whoever does not use it passes it on. */
  #wakeIfFree(slot: Slot): string[] {
    if (slot.kind !== 'pool') return []
    const isFree = this.#ledger.pools.get(slot.pool)?.family(slot.family).hasFree
    return isFree ? this.#waiting.wakeOne(slot) : []
  }
}
