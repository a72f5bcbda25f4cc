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

/** An address that a Service gave up while its status still names it. */
interface Reservation {
  readonly address: Address
  readonly user: User
  /** Undefined while no pool has the address, or somebody else holds it. */
  pool: string | undefined
}

/**
 * Who holds what. What a Service gave up is reserved, not free, until the API server has been told:
 * otherwise two statuses could name one address at the same time.
 */
export class Ledger {
  #pools: ReadonlyMap<string, PoolSpace> = new Map()
  #index = new PoolIndex<Pool>([])
  readonly #held = new Map<string, Allocation>()
  readonly #reserved = new Map<string, readonly Reservation[]>()
  /** Those without a pool; there are hardly ever any. */
  readonly #unplaced = new Set<Reservation>()
  #recounted = new Set<string>()

  get pools(): ReadonlyMap<string, PoolSpace> {
    return this.#pools
  }

  allocationOf(service: string): Allocation | undefined {
    return this.#held.get(service)
  }

  /** Whether the Service holds anything, or has something reserved. */
  knows(service: string): boolean {
    return this.#held.has(service) || this.#reserved.has(service)
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
    const { pool, addresses, user } = allocation
    this.release(user.service)
    this.#held.set(user.service, allocation)
    for (const address of addresses) this.#enter(pool, address, user)
  }

  release(service: string): Allocation | undefined {
    const allocation = this.#held.get(service)
    this.#held.delete(service)
    for (const address of allocation?.addresses ?? []) this.#leave(allocation!.pool, address, service)
    return allocation
  }

  /** Keeps those of the addresses that the Service does not hold from everybody else. */
  reserve(service: string, former: readonly Omit<Reservation, 'pool'>[]): void {
    const held = this.#held.get(service)?.addresses ?? []
    const given = former.filter(({ address }) => !held.some((other) => sameAddress(address, other)))
    if (given.length === 0) return
    const reserved = given.map(({ address, user }) => ({ address, user, pool: undefined }))
    this.#reserved.set(service, reserved)
    for (const reservation of reserved) this.#place(reservation)
  }

  /** Ends the reservations of the Service, and returns them. */
  takeReserved(service: string): readonly Reservation[] {
    const reserved = this.#reserved.get(service) ?? []
    this.#reserved.delete(service)
    for (const reservation of reserved) {
      this.#unplaced.delete(reservation)
      if (reservation.pool !== undefined) this.#leave(reservation.pool, reservation.address, service)
    }
    return reserved
  }

  /** At the end of every change: what could not be reserved because of others perhaps can be now. */
  placeReserved(): void {
    for (const reservation of this.#unplaced) this.#place(reservation)
  }

  /**
   * Puts other pools in force. Allocations follow their addresses into the pool that has all of them now;
   * where none has, the addresses are reserved. Returns the Services with addresses in the pools that changed.
   */
  setPools(pools: readonly Pool[]): Set<string> {
    const former = this.#pools
    const spaces = pools.map((pool) => {
      const space = former.get(pool.name)
      return space !== undefined && isDeepStrictEqual(space.pool, pool) ? space : new PoolSpace(pool)
    })
    this.#pools = new Map(spaces.map((space) => [space.pool.name, space]))
    this.#index = new PoolIndex(pools)
    for (const space of spaces) if (former.get(space.pool.name) !== space) this.#recounted.add(space.pool.name)
    const changed = [...former.values()].filter((space) => this.#pools.get(space.pool.name) !== space)
    const touched = new Set(changed.flatMap(({ services }) => [...services]))
    const isChanged = new Set(changed.map(({ pool }) => pool.name))
    for (const reservation of [...this.#reserved.values()].flat()) {
      if (reservation.pool === undefined || isChanged.has(reservation.pool)) this.#place(reservation)
    }
    for (const service of touched) this.#follow(service, isChanged)
    return touched
  }

  #follow(service: string, isChanged: ReadonlySet<string>): void {
    const held = this.#held.get(service)
    if (held === undefined || !isChanged.has(held.pool)) return
    this.#held.delete(service) // the space that it was in is gone
    const space = this.poolOf(held.addresses)
    if (space !== undefined) this.hold({ ...held, pool: space.pool.name })
    else
      this.reserve(service, [
        ...held.addresses.map((address) => ({ address, user: held.user })),
        ...this.takeReserved(service),
      ])
  }

  #place(reservation: Reservation): void {
    const { address, user } = reservation
    const space = this.poolOf([address])
    const isHindered = space?.family(address.family).obstacle(address, user) !== undefined
    reservation.pool = isHindered ? undefined : space?.pool.name
    if (reservation.pool === undefined) this.#unplaced.add(reservation)
    else {
      this.#unplaced.delete(reservation)
      this.#enter(reservation.pool, address, user)
    }
  }

  #enter(pool: string, address: Address, user: User): void {
    const space = this.#pools.get(pool)!
    space.family(address.family).hold(address, user)
    space.services.add(user.service)
    this.#recounted.add(pool)
  }

  #leave(pool: string, address: Address, service: string): void {
    const space = this.#pools.get(pool)!
    space.family(address.family).release(address, service)
    if (!this.#isIn(pool, service)) space.services.delete(service)
    this.#recounted.add(pool)
  }

  #isIn(pool: string, service: string): boolean {
    const reserved = this.#reserved.get(service) ?? []
    return this.#held.get(service)?.pool === pool || reserved.some((reservation) => reservation.pool === pool)
  }
}
