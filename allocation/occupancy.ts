import type { ReservationSpec } from '../config/reservation.ts'
import type { Address } from '../net/address.ts'
import { type AddressRange, rangeOf } from '../net/range.ts'
import type { User } from './holders.ts'
import { PoolSet } from './pool-set.ts'
import { Reservations } from './reservations.ts'
import { type Withheld, WithheldAddresses } from './withheld.ts'

/** The pools, what bears on their addresses, who is on which; and what of this changed since somebody asked. */
export class Occupancy {
  readonly withheld = new WithheldAddresses()
  readonly reservations = new Reservations()
  readonly pools: PoolSet
  #recounted = new Set<string>()
  #reused = new Set<string>()

  /** `contestantOn`: a Service that has to leave the address first, before anybody may come there. */
  constructor(contestantOn: (address: Address) => string | undefined) {
    this.pools = new PoolSet({ withheld: this.withheld, reservations: this.reservations, contestantOn })
  }

  /** Assumption: nobody is in the way. */
  enter(pool: string, address: Address, user: User): void {
    this.pools.get(pool)!.enter(address, user)
    this.#note(pool, address)
  }

  leave(pool: string, address: Address, service: string): void {
    this.pools.get(pool)!.leave(address, service)
    this.#note(pool, address)
  }

  /** Returns the addresses about which the source says something else than before. */
  setWithheld(source: string, addresses: readonly Withheld[]): Address[] {
    const changed = this.withheld.set(source, addresses)
    for (const address of changed) this.#refresh(rangeOf(address))
    return changed
  }

  /** Returns what the reservation was and what it is; nothing when that is the same. */
  setReservation(name: string, next: ReservationSpec | undefined): ReservationSpec[] {
    const changed = this.reservations.set(name, next)
    for (const range of changed.flatMap(({ addresses }) => addresses)) this.#refresh(range)
    if (changed.length > 0) this.#reused.add(name)
    return changed
  }

  /** The addresses of the range that are held, and by whom. */
  heldIn(range: AddressRange): { readonly address: Address; readonly users: readonly User[] }[] {
    return this.pools.touching(range).flatMap((space) => {
      const family = space.family(range.family)
      return family.heldIn(range).map((address) => ({ address, users: family.usersOf(address) }))
    })
  }

  noteRecount(pool: string): void {
    this.#recounted.add(pool)
  }

  /** The Service on the address may be another one to the reservations. */
  noteReuse(address: Address): void {
    for (const { name } of this.reservations.at(address)) this.#reused.add(name)
  }

  /** Names of the pools whose counters may have changed since the last call. */
  takeRecounted(): Set<string> {
    const recounted = this.#recounted
    this.#recounted = new Set()
    return recounted
  }

  /** Names of the reservations whose addresses others may hold since the last call. */
  takeReused(): Set<string> {
    const reused = this.#reused
    this.#reused = new Set()
    return reused
  }

  #refresh(range: AddressRange): void {
    for (const space of this.pools.touching(range)) {
      space.family(range.family).refresh(range)
      this.#recounted.add(space.pool.name)
    }
  }

  #note(pool: string, address: Address): void {
    this.#recounted.add(pool)
    this.noteReuse(address)
  }
}
