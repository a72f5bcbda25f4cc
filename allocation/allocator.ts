import { isDeepStrictEqual } from 'node:util'
import type { ReservationSpec } from '../config/reservation.ts'
import type { Pool } from '../config/snapshot.ts'
import type { Address } from '../net/address.ts'
import type { User } from './address-space.ts'
import { userOf } from './assign.ts'
import { converge, type Decision } from './converge.ts'
import { type Allocation, Ledger } from './ledger.ts'
import type { PoolSpace } from './pool-space.ts'
import type { Slot } from './refusal.ts'
import type { Request } from './request.ts'
import { Waiting } from './waiting.ts'
import type { Withheld } from './withheld.ts'

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

  /** Whether the Service holds anything, or gave up something that its status still names. */
  knows(service: string): boolean {
    return this.#ledger.knows(service)
  }

  /** Returns whom the change concerns: holders in pools that changed, and everybody who waits. */
  setPools(pools: readonly Pool[]): Set<string> {
    const touched = this.#ledger.setPools(pools)
    for (const service of this.#waiting.services()) touched.add(service)
    return touched
  }

  /**
   * Addresses that must not be given out, replacing what the source said before; holders stay.
   * Returns whom the change concerns.
   */
  setWithheld(_source: string, _addresses: readonly Withheld[]): Set<string> {
    return new Set()
  }

  /** Keeps addresses for those whom the reservation names; undefined ends it. Returns whom the change concerns. */
  setReservation(_name: string, _reservation: ReservationSpec | undefined): Set<string> {
    return new Set()
  }

  /**
   * At start: takes the addresses in a status as given, so that nobody else is given them meanwhile.
   * Whether the Service may keep them is for its pass to say.
   */
  adopt(request: Request): void {
    const addresses = request.current.flatMap((address) => address ?? [])
    const space = this.#ledger.poolOf(addresses)
    const user = userOf(request)
    const isHindered = addresses.some((address) => space?.family(address.family).obstacle(address, user))
    if (space !== undefined && !isHindered) this.#ledger.hold({ pool: space.pool.name, addresses, user })
    else this.#ledger.reserve(user.service, addresses.map(withUser(user)))
  }

  /** One pass over one Service. Addresses that it gives up stay reserved until `settle`. */
  decide(request: Request): Decision & { readonly wake: readonly string[] } {
    const { key } = request
    const held = this.#ledger.allocationOf(key)
    const former = [...addressesOf(held), ...this.#ledger.takeReserved(key)]
    const decision = converge(this.#ledger, request)
    this.#ledger.reserve(key, former)
    this.#ledger.placeReserved()
    this.#waiting.remove(key)
    if (decision.waitsFor !== undefined) this.#waiting.add(key, decision.waitsFor)
    return { ...decision, wake: [...this.#wakeSharers(key, held), ...this.#passOn(key)] }
  }

  /** The API server knows what became of the Service: what is reserved for it is free. */
  settle(service: string): string[] {
    const freed = this.#ledger.takeReserved(service)
    this.#ledger.placeReserved()
    return this.#wakeFor(freed)
  }

  /** The Service is gone, or is no longer ours. */
  forget(service: string): string[] {
    const freed = [...addressesOf(this.#ledger.release(service)), ...this.#ledger.takeReserved(service)]
    this.#ledger.placeReserved()
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

  #wakeFor(freed: readonly Freed[]): string[] {
    return freed.flatMap(({ pool, address, user: { sharing } }) => [
      ...this.#waiting.wakeAll({ kind: 'address', address }),
      ...(sharing === undefined ? [] : this.#waiting.wakeAll({ kind: 'sharing', sharing })),
      ...(pool === undefined ? [] : this.#wakeIfFree({ kind: 'pool', pool, family: address.family })),
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

interface Freed {
  readonly pool: string | undefined
  readonly address: Address
  readonly user: User
}

function addressesOf(allocation: Allocation | undefined): Freed[] {
  if (allocation === undefined) return []
  const { pool, addresses, user } = allocation
  return addresses.map((address) => ({ pool, address, user }))
}

function withUser(user: User): (address: Address) => { address: Address; user: User } {
  return (address) => ({ address, user })
}
