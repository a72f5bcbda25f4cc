import type { ReservationSpec } from '../config/reservation.ts'
import type { Address } from '../net/address.ts'
import { type AddressRange, rangeContains, rangeOf } from '../net/range.ts'
import { concerns, slotsOfMore } from './interest.ts'
import type { Allocation, Ledger, Unsettled } from './ledger.ts'
import { namespaceOf } from './namespace-use.ts'
import type { PoolChange } from './pool-set.ts'
import type { Request } from './request.ts'
import { isFor } from './reservations.ts'
import { type Slot, sharingSlots } from './slot.ts'
import { type Waiter, Waiting } from './waiting.ts'

/** Which of the Services that wait a change can concern: each method returns those to decide about again. */
export class Wakeups {
  readonly #ledger: Ledger
  readonly #waiting = new Waiting((slot) => this.#isAvailable(slot))

  constructor(ledger: Ledger) {
    this.#ledger = ledger
  }

  /** `isForAll`: there were no pools, or there are none now. */
  afterPools(changes: readonly PoolChange[], isForAll: boolean): string[] {
    const waiters = [...this.#waiting.all()]
    const concerned = waiters.filter(
      (waiter) => isForAll || changes.some((change) => this.#isConcerned(waiter, change)),
    )
    return [...keysOf(concerned), ...this.#waiting.wake(changes.flatMap(slotsOfPool))]
  }

  afterWithheld(addresses: readonly Address[]): string[] {
    const slots = addresses.flatMap((address) => [
      ...this.#joiningSlots(address),
      ...this.#slotsOfRange(rangeOf(address)),
    ])
    return this.#waiting.wake(slots)
  }

  /** `changed`: what the reservation was and what it is. */
  afterReservation(changed: readonly ReservationSpec[]): string[] {
    const ranges = changed.flatMap(({ addresses }) => addresses)
    const slots = ranges.flatMap((range) => [...this.#wantedIn(range), ...this.#slotsOfRange(range)])
    return [...keysOf(changed.flatMap((either) => this.#waitersFor(either))), ...this.#waiting.wake(slots)]
  }

  /** These addresses were left, and nobody's status names them for that any more. */
  afterLeaving(left: readonly Unsettled[]): string[] {
    return this.#waiting.wake(left.flatMap((one) => this.#slotsOfLeft(one)))
  }

  /** The Service has been looked at and waits for these slots, or for nothing; `former` is what it had before. */
  afterPass(request: Request, waitsFor: readonly Slot[] | undefined, former: Allocation | undefined): string[] {
    this.#waiting.remove(request.key)
    if (waitsFor !== undefined) this.#waiting.add(request, waitsFor)
    const allocation = this.#ledger.allocationOf(request.key)
    // Those who could share with the Service on the terms that it has now.
    const sharers = allocation === former ? [] : this.#waiting.wake(sharingSlots(allocation?.sharing))
    return [...sharers, ...this.#waiting.passOn(request.key)]
  }

  /** The Service is gone, and has left these addresses. */
  forget(service: string, left: readonly Unsettled[]): string[] {
    this.#waiting.remove(service)
    return [...this.afterLeaving(left), ...this.#waiting.passOn(service)]
  }

  #isAvailable(slot: Slot): boolean {
    if (slot.kind === 'address' || slot.kind === 'sharing') return true
    const space = this.#ledger.pools.get(slot.pool)
    if (space === undefined) return false
    if (slot.kind === 'quota') return space.roomFor(slot.namespace) >= slot.addresses
    const family = space.family(slot.family)
    if (slot.kind === 'pool') return family.hasFree
    const reservation = this.#ledger.reservations.get(slot.reservation)
    return reservation !== undefined && family.hasKept(reservation)
  }

  /** Not if it is in the queue for all that the change can bring, or has an address and the second is to come from elsewhere. */
  #isConcerned(waiter: Waiter, change: PoolChange): boolean {
    const { request } = waiter
    const { reservations } = this.#ledger
    const pool = this.#ledger.allocationOf(request.key)?.pool
    if (pool !== undefined && pool !== change.after?.name) return false
    if (!concerns(change, request, reservations)) return false
    const slots = slotsOfMore(change, request, reservations)
    return slots === undefined || !slots.every((slot) => this.#waiting.waitsFor(waiter, slot))
  }

  #waitersFor(reservation: ReservationSpec): Waiter[] {
    const { holder } = reservation
    if (holder.kind !== 'service') return [...this.#waiting.all()].filter(({ request }) => isFor(reservation, request))
    return [this.#waiting.get(holder.key)].filter((waiter) => waiter !== undefined)
  }

  /** The addresses of the range that somebody asks for. */
  #wantedIn(range: AddressRange): Slot[] {
    const { family, first: value, last } = range
    if (value === last) return [{ kind: 'address', address: { family, value } }]
    const wanted = [...this.#waiting.all()].flatMap(({ request }) =>
      request.wanted.ok ? request.wanted.addresses : [],
    )
    return wanted.filter((address) => rangeContains(range, address)).map((address) => ({ kind: 'address', address }))
  }

  #slotsOfLeft({ pool, address, user }: Unsettled): Slot[] {
    const slots = [...this.#joiningSlots(address), ...sharingSlots(user.sharing)]
    if (pool === undefined) return slots
    const namespace = namespaceOf(user.service)
    const quota = [1, 2].map((addresses): Slot => ({ kind: 'quota', pool, namespace, addresses }))
    return [...slots, ...this.#stockSlots(pool, rangeOf(address)), ...quota]
  }

  /** The address itself, and whatever can be shared with those who hold it. */
  #joiningSlots(address: Address): Slot[] {
    const [space] = this.#ledger.pools.touching(rangeOf(address))
    const [holder] = space?.family(address.family).usersOf(address) ?? []
    return [{ kind: 'address', address }, ...sharingSlots(holder?.sharing)]
  }

  #slotsOfRange(range: AddressRange): Slot[] {
    return this.#ledger.pools.touching(range).flatMap(({ pool }) => this.#stockSlots(pool.name, range))
  }

  #stockSlots(pool: string, range: AddressRange): Slot[] {
    const { family } = range
    const reservations = new Set([...this.#ledger.reservations.within(range)].flatMap(({ labels }) => labels))
    const reserved = [...reservations].map(({ name }): Slot => ({ kind: 'reserved', reservation: name, pool, family }))
    return [{ kind: 'pool', pool, family }, ...reserved]
  }
}

function slotsOfPool({ after }: PoolChange): Slot[] {
  if (after === undefined) return []
  return ([4, 6] as const).map((family) => ({ kind: 'pool', pool: after.name, family }))
}

function keysOf(waiters: readonly Waiter[]): string[] {
  return waiters.map(({ request }) => request.key)
}
