import type { ReservationSpec } from '../config/reservation.ts'
import type { Labels } from '../config/selector.ts'
import type { Pool } from '../config/snapshot.ts'
import { type Address, sameAddress } from '../net/address.ts'
import { userOf } from './assign.ts'
import { converge, type Decision } from './converge.ts'
import { type Allocation, Ledger, type Unsettled } from './ledger.ts'
import type { PoolSpace } from './pool-space.ts'
import { Probation, whileProbing } from './probation.ts'
import type { Request } from './request.ts'
import { type Stranger, strangersOn } from './stranger.ts'
import { Wakeups } from './wakeups.ts'
import type { Withheld } from './withheld.ts'

/** What is to become of one Service, and what has to be done first. */
export interface Pass extends Decision {
  /** New addresses that must be asked for on the network before the Service is told: see `probed` and `setWithheld`. */
  readonly probe: readonly Address[]
  /** Services to decide about again. */
  readonly wake: readonly string[]
}

/**
 * All allocations of a cluster. The caller shows it every change and carries out what is decided;
 * the keys that a call returns are Services to decide about again, because something they wait for may be there.
 */
export class Allocator {
  readonly #ledger = new Ledger()
  readonly #probation = new Probation()
  readonly #wakeups = new Wakeups(this.#ledger)

  get pools(): Iterable<PoolSpace> {
    return this.#ledger.pools.values()
  }

  pool(name: string): PoolSpace | undefined {
    return this.#ledger.pools.get(name)
  }

  /** Names of the pools whose counters may have changed since the last call. */
  takeRecounted(): Iterable<string> {
    return this.#ledger.occupancy.takeRecounted()
  }

  /** Names of the reservations whose addresses may be held by others than before since the last call. */
  takeReused(): Iterable<string> {
    return this.#ledger.occupancy.takeReused()
  }

  allocationOf(service: string): Allocation | undefined {
    return this.#ledger.allocationOf(service)
  }

  /** What the Service holds and may know of, and what it gave up while its status perhaps still names it. */
  addressesOf(service: string): readonly Address[] {
    const candidates = this.#probation.of(service)
    const isCandidate = (address: Address) => candidates.some((other) => sameAddress(other, address))
    return this.#ledger.addressesOf(service).filter((address) => !isCandidate(address))
  }

  /** Services. */
  holdersOf(address: Address): readonly string[] {
    const users = this.#ledger.pools.having([address])?.family(address.family).usersOf(address) ?? []
    return users.map(({ service }) => service)
  }

  /** Whether the Service holds anything, or gave up something that its status still names. */
  knows(service: string): boolean {
    return this.#ledger.knows(service)
  }

  /** Those who hold addresses of the reservation although they are not for them, nor shared with one for whom they are. */
  strangersOn(reservation: string, labelsOf: (service: string) => Labels): readonly Stranger[] {
    return strangersOn(this.#ledger, reservation, labelsOf)
  }

  /**
   * Returns whom the change concerns: who lost the address or the pool, or may not be let in any more,
   * and those of the waiting for whom a changed pool would be, or was, considered.
   */
  setPools(pools: readonly Pool[]): Set<string> {
    const isAnyBefore = this.#ledger.pools.size > 0
    const { changes, concerned } = this.#ledger.setPools(pools)
    this.#ledger.placeUnsettled()
    const isForAll = isAnyBefore !== this.#ledger.pools.size > 0
    return new Set([...concerned, ...this.#wakeups.afterPools(changes, isForAll)])
  }

  /**
   * Addresses that must not be given out, replacing what the source said before; holders that know of theirs stay.
   * Returns whom the change concerns.
   */
  setWithheld(source: string, addresses: readonly Withheld[]): Set<string> {
    const changed = this.#ledger.occupancy.setWithheld(source, addresses)
    const probing = changed.flatMap((address) => this.#probation.servicesAt(address))
    return new Set([...probing, ...this.#wakeups.afterWithheld(changed)])
  }

  /** No stranger has the address, or nobody could be asked. Returns the Services that may be told of it. */
  probed(address: Address): string[] {
    return this.#probation.release(address)
  }

  /** Services that hold the address, and are not told before it has been asked for. */
  probingFor(address: Address): readonly string[] {
    return this.#probation.servicesAt(address)
  }

  /** Whether the Service holds an address that it is not told of yet. */
  isProbing(service: string): boolean {
    return this.#probation.isPending(service)
  }

  /** Keeps addresses for those whom the reservation names; undefined ends it. Returns whom the change concerns. */
  setReservation(name: string, reservation: ReservationSpec | undefined): Set<string> {
    const changed = this.#ledger.occupancy.setReservation(name, reservation)
    return new Set(this.#wakeups.afterReservation(changed))
  }

  /**
   * At start: takes the addresses in a status as given, so that nobody else is given them meanwhile.
   * Whether the Service may keep them is for its pass to say.
   */
  adopt(request: Request): void {
    const addresses = request.current.flatMap((address) => address ?? [])
    const space = this.#ledger.pools.having(addresses)
    const user = userOf(request)
    const isHindered = addresses.some((address) => space?.family(address.family).obstacle(address, user))
    if (space !== undefined && !isHindered) this.#ledger.hold({ ...user, pool: space.pool.name, addresses })
    else {
      this.#ledger.unsettle(
        user.service,
        addresses.map((address) => ({ address, user })),
      )
    }
  }

  /** One pass over one Service. Addresses that it gives up stay unsettled until `settle`. */
  decide(request: Request): Pass {
    const { key } = request
    const held = this.#ledger.allocationOf(key)
    const former = [...addressesOf(held), ...this.#ledger.takeUnsettled(key)]
    const decision = converge(this.#ledger, request)
    this.#ledger.unsettle(key, former)
    this.#ledger.placeUnsettled()
    for (const { address } of addressesOf(this.#ledger.allocationOf(key))) this.#ledger.occupancy.noteReuse(address)
    const wake = this.#wakeups.afterPass(request, decision.waitsFor, held)
    const probe = this.#lookForNew(request)
    return { ...(probe.length > 0 ? whileProbing(decision, request, probe) : decision), probe, wake }
  }

  #lookForNew(request: Request): readonly Address[] {
    const allocation = this.#ledger.allocationOf(request.key)
    return this.#probation.look(request, allocation, allocation && this.#ledger.pools.get(allocation.pool))
  }

  /** The API server knows what became of the Service: what was unsettled is free. Not while something is probed. */
  settle(service: string): string[] {
    this.#probation.end(service)
    const freed = this.#ledger.takeUnsettled(service)
    this.#ledger.placeUnsettled()
    return this.#wakeups.afterLeaving(freed)
  }

  /** The Service is gone, or is no longer ours. */
  forget(service: string): string[] {
    this.#probation.end(service)
    const freed = [...addressesOf(this.#ledger.release(service)), ...this.#ledger.takeUnsettled(service)]
    this.#ledger.placeUnsettled()
    return this.#wakeups.forget(service, freed)
  }
}

function addressesOf(allocation: Allocation | undefined): Unsettled[] {
  if (allocation === undefined) return []
  const { pool, addresses } = allocation
  return addresses.map((address) => ({ pool, address, user: allocation }))
}
