import { isDeepStrictEqual } from 'node:util'
import type { Pool } from '../config/snapshot.ts'
import { type Address, sameAddress } from '../net/address.ts'
import { mayShutOut } from './compatibility.ts'
import type { User } from './holders.ts'
import { namespaceOf } from './namespace-use.ts'
import { Occupancy } from './occupancy.ts'
import type { PoolChange, PoolSet } from './pool-set.ts'
import type { PoolSpace } from './pool-space.ts'
import type { Reservations } from './reservations.ts'
import type { WithheldAddresses } from './withheld.ts'

/** The addresses of one Service; all are from one pool. */
export interface Allocation extends User {
  readonly pool: string
  readonly addresses: readonly Address[]
}

/** An address that a Service gave up while its status still names it. */
export interface Unsettled {
  readonly address: Address
  readonly user: User
  /** Undefined while no pool has the address, or somebody else holds it and does not share. */
  pool: string | undefined
}

/**
 * Which Service has what. What one gave up is unsettled, not free, until the API server has been told:
 * otherwise two statuses could name one address at the same time.
 */
export class Ledger {
  readonly occupancy = new Occupancy((address) => this.contestantOn(address))
  readonly #held = new Map<string, Allocation>()
  readonly #unsettled = new Map<string, readonly Unsettled[]>()
  /** Those whose address somebody else holds; there are hardly ever any. */
  readonly #hindered = new Set<Unsettled>()

  get pools(): PoolSet {
    return this.occupancy.pools
  }

  get reservations(): Reservations {
    return this.occupancy.reservations
  }

  get withheld(): WithheldAddresses {
    return this.occupancy.withheld
  }

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

  /** A Service whose status names the address although others hold it: until it has been told, nobody else may come there. */
  contestantOn(address: Address): string | undefined {
    for (const entry of this.#hindered) if (sameAddress(entry.address, address)) return entry.user.service
    return undefined
  }

  /** Replaces what the Service held. Assumption: no address has an obstacle. */
  hold(allocation: Allocation): void {
    const { service, pool, addresses } = allocation
    const held = this.#held.get(service)
    if (held !== undefined && isSame(held, allocation)) return
    this.release(service)
    this.#held.set(service, allocation)
    for (const address of addresses) this.occupancy.enter(pool, address, allocation)
  }

  release(service: string): Allocation | undefined {
    const allocation = this.#held.get(service)
    this.#held.delete(service)
    for (const address of allocation?.addresses ?? []) this.occupancy.leave(allocation!.pool, address, service)
    return allocation
  }

  /** Keeps those of the addresses that the Service does not hold from everybody else. */
  unsettle(service: string, former: readonly Omit<Unsettled, 'pool'>[]): void {
    const held = this.#held.get(service)?.addresses ?? []
    const given = former.filter(({ address }) => !held.some((other) => sameAddress(address, other)))
    if (given.length === 0) return
    const unsettled = given.map(({ address, user }): Unsettled => {
      return { address, user: { ...user, isLeaving: true }, pool: undefined }
    })
    this.#unsettled.set(service, unsettled)
    for (const entry of unsettled) this.#place(entry)
  }

  /** What the Service has unsettled is so no longer; returns it. */
  takeUnsettled(service: string): readonly Unsettled[] {
    const unsettled = this.#unsettled.get(service) ?? []
    this.#unsettled.delete(service)
    for (const entry of unsettled) {
      this.#hindered.delete(entry)
      if (entry.pool !== undefined) this.occupancy.leave(entry.pool, entry.address, service)
    }
    return unsettled
  }

  /** At the end of every change: what could not be held back because of others perhaps can be now. */
  placeUnsettled(): void {
    for (const entry of this.#hindered) this.#place(entry)
  }

  /**
   * Puts other pools in force. Allocations follow their addresses into the pool that has all of them now; where none
   * has, the addresses are unsettled. Returns the Services that lost or changed their pool, or may not be let in any more.
   */
  setPools(pools: readonly Pool[]): { readonly changes: readonly PoolChange[]; readonly concerned: Set<string> } {
    const changes = this.pools.replace(pools)
    for (const { before, after, lost } of changes) {
      if (after !== undefined && (before === undefined || lost !== undefined)) this.occupancy.noteRecount(after.name)
    }
    const moved = this.#rehouse(changes.flatMap(({ lost }) => lost ?? []))
    const checked = changes.flatMap((change) => this.#perhapsShutOut(change))
    return { changes, concerned: new Set([...checked, ...moved]) }
  }

  #perhapsShutOut({ before, after }: PoolChange): string[] {
    if (before === undefined || after === undefined) return []
    const services = [...this.pools.get(after.name)!.services]
    return services.filter((service) => mayShutOut(before, after, namespaceOf(service)))
  }

  /** The spaces are gone. Whoever holds an address comes before those who have to leave it. Returns who is not where it was. */
  #rehouse(lost: readonly PoolSpace[]): string[] {
    const isLost = new Set(lost.map(({ pool }) => pool.name))
    const unsettled = [...this.#unsettled.values()].flat()
    for (const entry of unsettled) if (entry.pool !== undefined && isLost.has(entry.pool)) entry.pool = undefined
    const services = new Set(lost.flatMap((space) => [...space.services]))
    const held = [...services]
      .flatMap((service) => this.#held.get(service) ?? [])
      .filter(({ pool }) => isLost.has(pool))
    for (const { service } of held) this.#held.delete(service)
    const homeless = held.filter((allocation) => !this.#follow(allocation))
    for (const allocation of homeless) {
      const addresses = allocation.addresses.map((address) => ({ address, user: allocation }))
      this.unsettle(allocation.service, [...addresses, ...this.takeUnsettled(allocation.service)])
    }
    for (const entry of [...this.#unsettled.values()].flat()) if (entry.pool === undefined) this.#place(entry)
    return held.filter(({ service, pool }) => this.#held.get(service)?.pool !== pool).map(({ service }) => service)
  }

  /** False: no pool has all of the addresses. */
  #follow(allocation: Allocation): boolean {
    const space = this.pools.having(allocation.addresses)
    if (space !== undefined) this.hold({ ...allocation, pool: space.pool.name })
    return space !== undefined
  }

  #place(entry: Unsettled): void {
    const { address, user } = entry
    const space = this.pools.having([address])
    const isHindered = space?.family(address.family).obstacle(address, user) !== undefined
    if (isHindered) this.#hindered.add(entry)
    else this.#hindered.delete(entry)
    entry.pool = isHindered ? undefined : space?.pool.name
    if (entry.pool !== undefined) this.occupancy.enter(entry.pool, address, user)
  }
}

function isSame(a: Allocation, b: Allocation): boolean {
  return (
    a.pool === b.pool && a.sharing === b.sharing && isDeepStrictEqual([a.addresses, a.ports], [b.addresses, b.ports])
  )
}
