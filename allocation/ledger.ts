import { isDeepStrictEqual } from 'node:util'
import type { ReservationSpec } from '../config/reservation.ts'
import type { Pool } from '../config/snapshot.ts'
import { type Address, sameAddress } from '../net/address.ts'
import { type AddressRange, rangeOf } from '../net/range.ts'
import type { User } from './holders.ts'
import { type PoolChange, PoolSet } from './pool-set.ts'
import { Reservations } from './reservations.ts'
import { type Withheld, WithheldAddresses } from './withheld.ts'

/** The addresses of one Service; all are from one pool. */
export interface Allocation extends User {
  readonly pool: string
  readonly addresses: readonly Address[]
}

/** An address that a Service gave up while its status still names it. */
export interface Unsettled {
  readonly address: Address
  readonly user: User
  /** Undefined while no pool has the address, or somebody else holds it. */
  pool: string | undefined
}

/**
 * Who holds what. What a Service gave up is unsettled, not free, until the API server has been told:
 * otherwise two statuses could name one address at the same time.
 */
export class Ledger {
  readonly withheld = new WithheldAddresses()
  readonly reservations = new Reservations()
  readonly pools: PoolSet = new PoolSet(this)
  readonly #held = new Map<string, Allocation>()
  readonly #unsettled = new Map<string, readonly Unsettled[]>()
  /** Those without a pool; there are hardly ever any. */
  readonly #unplaced = new Set<Unsettled>()
  #recounted = new Set<string>()
  #reused = new Set<string>()

  allocationOf(service: string): Allocation | undefined {
    return this.#held.get(service)
  }

  /** What the Service holds and what it has unsettled. */
  addressesOf(service: string): Address[] {
    const unsettled = this.#unsettled.get(service) ?? []
    return [...(this.#held.get(service)?.addresses ?? []), ...unsettled.map(({ address }) => address)]
  }

  /** Whether the Service holds anything, or has something unsettled. */
  knows(service: string): boolean {
    return this.#held.has(service) || this.#unsettled.has(service)
  }

  /** Names of the pools whose counters may have changed since the last call. */
  takeRecounted(): Set<string> {
    const recounted = this.#recounted
    this.#recounted = new Set()
    return recounted
  }

  /** Names of the reservations whose addresses other Services may hold since the last call. */
  takeReused(): Set<string> {
    const reused = this.#reused
    this.#reused = new Set()
    return reused
  }

  /** Replaces what the Service held. Assumption: no address has an obstacle. */
  hold(allocation: Allocation): void {
    const { service, pool, addresses } = allocation
    const held = this.#held.get(service)
    if (held !== undefined && isSame(held, allocation)) return
    this.release(service)
    this.#held.set(service, allocation)
    for (const address of addresses) this.#enter(pool, address, allocation)
  }

  release(service: string): Allocation | undefined {
    const allocation = this.#held.get(service)
    this.#held.delete(service)
    for (const address of allocation?.addresses ?? []) this.#leave(allocation!.pool, address, service)
    return allocation
  }

  /** Keeps those of the addresses that the Service does not hold from everybody else. */
  unsettle(service: string, former: readonly Omit<Unsettled, 'pool'>[]): void {
    const held = this.#held.get(service)?.addresses ?? []
    const given = former.filter(({ address }) => !held.some((other) => sameAddress(address, other)))
    if (given.length === 0) return
    const unsettled = given.map(({ address, user }) => ({ address, user, pool: undefined }))
    this.#unsettled.set(service, unsettled)
    for (const entry of unsettled) this.#place(entry)
  }

  /** What the Service has unsettled is so no longer; returns it. */
  takeUnsettled(service: string): readonly Unsettled[] {
    const unsettled = this.#unsettled.get(service) ?? []
    this.#unsettled.delete(service)
    for (const entry of unsettled) {
      this.#unplaced.delete(entry)
      if (entry.pool !== undefined) this.#leave(entry.pool, entry.address, service)
    }
    return unsettled
  }

  /** At the end of every change: what could not be held back because of others perhaps can be now. */
  placeUnsettled(): void {
    for (const entry of this.#unplaced) this.#place(entry)
  }

  /** Returns the addresses about which the source says something else than before. */
  setWithheld(source: string, addresses: readonly Withheld[]): Address[] {
    const changed = this.withheld.set(source, addresses)
    this.#refresh(changed.map(rangeOf))
    return changed
  }

  /** Returns what the reservation was and what it is; nothing when that is the same. */
  setReservation(name: string, next: ReservationSpec | undefined): ReservationSpec[] {
    const changed = this.reservations.set(name, next)
    this.#refresh(changed.flatMap(({ addresses }) => addresses))
    if (changed.length > 0) this.#reused.add(name)
    return changed
  }

  /** The Service may be another one to the reservations of its addresses. */
  noteReuse(service: string): void {
    for (const address of this.#held.get(service)?.addresses ?? []) this.#noteReuse(address)
  }

  /** The addresses of the range that are held, and by whom. */
  heldIn(range: AddressRange): { readonly address: Address; readonly users: readonly User[] }[] {
    return this.pools.touching(range).flatMap((space) => {
      const family = space.family(range.family)
      return family.heldIn(range).map((address) => ({ address, users: family.usersOf(address) }))
    })
  }

  #refresh(ranges: readonly AddressRange[]): void {
    for (const range of ranges) {
      for (const space of this.pools.touching(range)) {
        space.family(range.family).refresh(range)
        this.#recounted.add(space.pool.name)
      }
    }
  }

  /**
   * Puts other pools in force. Allocations follow their addresses into the pool that has all of them now; where none
   * has, the addresses are unsettled. Returns the Services that lost or changed their pool, or may not be let in any more.
   */
  setPools(pools: readonly Pool[]): { readonly changes: readonly PoolChange[]; readonly concerned: Set<string> } {
    const changes = this.pools.replace(pools)
    const lost = changes.flatMap((change) => change.lost ?? [])
    for (const { after, lost, before } of changes) {
      if (after !== undefined && (lost !== undefined || before === undefined)) this.#recounted.add(after.name)
    }
    const isLost = new Set(lost.map(({ pool }) => pool.name))
    for (const entry of [...this.#unsettled.values()].flat()) {
      if (entry.pool === undefined || isLost.has(entry.pool)) this.#place(entry)
    }
    const concerned = new Set(changes.filter(isOpenToOthers).flatMap(({ after }) => this.#servicesOf(after!.name)))
    for (const service of new Set(lost.flatMap(({ services }) => [...services]))) {
      if (this.#follow(service, isLost)) concerned.add(service)
    }
    return { changes, concerned }
  }

  #servicesOf(pool: string): string[] {
    return [...(this.pools.get(pool)?.services ?? [])]
  }

  /** True when the Service is not any more where it was. */
  #follow(service: string, isLost: ReadonlySet<string>): boolean {
    const held = this.#held.get(service)
    if (held === undefined || !isLost.has(held.pool)) return held === undefined
    this.#held.delete(service) // the space that it was in is gone
    const space = this.pools.having(held.addresses)
    if (space !== undefined) this.hold({ ...held, pool: space.pool.name })
    else
      this.unsettle(service, [
        ...held.addresses.map((address) => ({ address, user: held })),
        ...this.takeUnsettled(service),
      ])
    return space?.pool.name !== held.pool
  }

  #place(entry: Unsettled): void {
    const { address, user } = entry
    const space = this.pools.having([address])
    const isHindered = space?.family(address.family).obstacle(address, user) !== undefined
    entry.pool = isHindered ? undefined : space?.pool.name
    if (entry.pool === undefined) this.#unplaced.add(entry)
    else {
      this.#unplaced.delete(entry)
      this.#enter(entry.pool, address, user)
    }
  }

  #enter(pool: string, address: Address, user: User): void {
    const space = this.pools.get(pool)!
    space.family(address.family).hold(address, user)
    space.services.add(user.service)
    this.#note(pool, address)
  }

  #leave(pool: string, address: Address, service: string): void {
    const space = this.pools.get(pool)!
    space.family(address.family).release(address, service)
    if (!this.#isIn(pool, service)) space.services.delete(service)
    this.#note(pool, address)
  }

  #note(pool: string, address: Address): void {
    this.#recounted.add(pool)
    this.#noteReuse(address)
  }

  #noteReuse(address: Address): void {
    for (const { name } of this.reservations.at(address)) this.#reused.add(name)
  }

  #isIn(pool: string, service: string): boolean {
    const unsettled = this.#unsettled.get(service) ?? []
    return this.#held.get(service)?.pool === pool || unsettled.some((entry) => entry.pool === pool)
  }
}

function isSame(a: Allocation, b: Allocation): boolean {
  return (
    a.pool === b.pool && a.sharing === b.sharing && isDeepStrictEqual([a.addresses, a.ports], [b.addresses, b.ports])
  )
}

function isOpenToOthers({ before, after }: PoolChange): boolean {
  if (before === undefined || after === undefined) return false
  return !isDeepStrictEqual(membershipOf(before), membershipOf(after))
}

/** Whom a pool lets in. */
function membershipOf({ allocation }: Pool): unknown {
  return allocation === undefined ? undefined : [allocation.namespaces, allocation.serviceSelectors]
}
