import { isDeepStrictEqual } from 'node:util'
import { PoolIndex } from '../config/pool-index.ts'
import type { Pool } from '../config/snapshot.ts'
import { type Address, sameAddress } from '../net/address.ts'
import type { User } from './address-space.ts'
import { PoolSpace } from './pool-space.ts'

/** The addresses of one Service; all are from one pool. */
export interface Allocation {
  readonly pool: string
  readonly addresses: readonly Address[]
  readonly user: User
}

/**
 * Who holds what. An address that a Service gave up is set aside, not free, until the API server has been told:
 * otherwise two statuses could name it at the same time.
 */
export class Ledger {
  #pools: ReadonlyMap<string, PoolSpace> = new Map()
  #index = new PoolIndex<Pool>([])
  readonly #held = new Map<string, Allocation>()
  readonly #aside = new Map<string, readonly Allocation[]>()
  #recounted = new Set<string>()

  get pools(): ReadonlyMap<string, PoolSpace> {
    return this.#pools
  }

  allocationOf(service: string): Allocation | undefined {
    return this.#held.get(service)
  }

  holds(service: string): boolean {
    return this.#held.has(service) || this.#aside.has(service)
  }

  /** Names of the pools whose counters may have changed since the last call. */
  takeRecounted(): Set<string> {
    const recounted = this.#recounted
    this.#recounted = new Set()
    return recounted
  }

  /** The pool that has all of the addresses. */
  poolOf(addresses: readonly Address[]): PoolSpace | undefined {
    const found = addresses[0] === undefined ? undefined : this.#index.find(addresses[0])
    const space = found === undefined ? undefined : this.#pools.get(found.name)
    return addresses.every((address) => space?.contains(address)) ? space : undefined
  }

  /** Replaces what the Service held. Assumption: no address has an obstacle. */
  hold(allocation: Allocation): void {
    this.release(allocation.user.service)
    this.#enter(allocation)
    this.#held.set(allocation.user.service, allocation)
  }

  release(service: string): Allocation | undefined {
    const allocation = this.#held.get(service)
    this.#held.delete(service)
    if (allocation !== undefined) this.#leave(allocation)
    return allocation
  }

  /** Keeps those of the former addresses that the Service holds no more from everybody else. */
  setAside(service: string, former: readonly Allocation[]): void {
    const kept = this.#held.get(service)?.addresses ?? []
    const aside = former
      .map((allocation) => ({ ...allocation, addresses: without(allocation.addresses, kept) }))
      .filter(({ addresses }) => addresses.length > 0)
    if (aside.length === 0) return
    for (const allocation of aside) this.#enter(allocation)
    this.#aside.set(service, aside)
  }

  /** Makes what was set aside for the Service free, and returns it. */
  takeAside(service: string): readonly Allocation[] {
    const aside = this.#aside.get(service) ?? []
    this.#aside.delete(service)
    for (const allocation of aside) this.#leave(allocation)
    return aside
  }

  /**
   * Puts other pools in force. Allocations follow their addresses into whichever pool has them now and end where none has.
   * Returns the Services with addresses in the pools that changed; nothing else is looked at.
   */
  setPools(pools: readonly Pool[]): Set<string> {
    const former = this.#pools
    const spaces = pools.map((pool) => {
      const space = former.get(pool.name)
      return space !== undefined && isDeepStrictEqual(space.pool, pool) ? space : new PoolSpace(pool)
    })
    const next = new Map(spaces.map((space) => [space.pool.name, space]))
    const changed = [...former.values()].filter((space) => next.get(space.pool.name) !== space)
    this.#pools = next
    this.#index = new PoolIndex(pools)
    for (const space of spaces) if (former.get(space.pool.name) !== space) this.#recounted.add(space.pool.name)
    const touched = new Set(changed.flatMap(({ services }) => [...services]))
    for (const service of touched) this.#replace(service, new Set(changed.map(({ pool }) => pool.name)))
    return touched
  }

  #replace(service: string, changed: ReadonlySet<string>): void {
    const held = this.#held.get(service)
    if (held !== undefined && changed.has(held.pool)) {
      const moved = this.#follow(held)
      if (moved === undefined) this.#held.delete(service)
      else this.#held.set(service, moved)
    }
    const aside = this.#aside.get(service) ?? []
    const kept = aside.flatMap((allocation) =>
      changed.has(allocation.pool) ? (this.#follow(allocation) ?? []) : allocation,
    )
    if (aside.length > 0) this.#aside.set(service, kept)
  }

  #follow(allocation: Allocation): Allocation | undefined {
    const space = this.poolOf(allocation.addresses)
    if (space === undefined) return undefined
    const moved = { ...allocation, pool: space.pool.name }
    this.#enter(moved)
    return moved
  }

  #enter({ pool, addresses, user }: Allocation): void {
    const space = this.#pools.get(pool)!
    for (const address of addresses) space.family(address.family).hold(address, user)
    space.services.add(user.service)
    this.#recounted.add(pool)
  }

  #leave({ pool, addresses, user }: Allocation): void {
    const space = this.#pools.get(pool)!
    for (const address of addresses) space.family(address.family).release(address, user.service)
    if (!this.#isIn(pool, user.service)) space.services.delete(user.service)
    this.#recounted.add(pool)
  }

  #isIn(pool: string, service: string): boolean {
    const allocations = [this.#held.get(service), ...(this.#aside.get(service) ?? [])]
    return allocations.some((allocation) => allocation?.pool === pool)
  }
}

function without(addresses: readonly Address[], others: readonly Address[]): Address[] {
  return addresses.filter((address) => !others.some((other) => sameAddress(address, other)))
}
