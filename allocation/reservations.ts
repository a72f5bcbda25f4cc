import { isDeepStrictEqual } from 'node:util'
import type { ReservationSpec } from '../config/reservation.ts'
import { matchesSelector } from '../config/selector.ts'
import type { Address, Family } from '../net/address.ts'
import { IntervalMap, type Part } from '../net/interval-map.ts'
import type { AddressRange } from '../net/range.ts'
import type { Request } from './request.ts'

/** Of a Service, what says for which reservations it is meant. */
export type Beneficiary = Pick<Request, 'key' | 'namespace' | 'labels'>

/** Addresses that are kept for some Services: by name, by address and by whom they are for. */
export class Reservations {
  readonly #byName = new Map<string, ReservationSpec>()
  readonly #byAddress: Readonly<Record<Family, IntervalMap<ReservationSpec>>> = {
    4: new IntervalMap(),
    6: new IntervalMap(),
  }
  readonly #byService = new Map<string, Set<ReservationSpec>>()
  readonly #byNamespace = new Map<string, Set<ReservationSpec>>()
  readonly #bySelector = new Set<ReservationSpec>()

  get(name: string): ReservationSpec | undefined {
    return this.#byName.get(name)
  }

  /** Returns what was there before and what is there now; nothing when that is the same. */
  set(name: string, next: ReservationSpec | undefined): ReservationSpec[] {
    const former = this.#byName.get(name)
    if (isDeepStrictEqual(former, next)) return []
    if (former !== undefined) this.#remove(former)
    if (next !== undefined) this.#add(next)
    return [former, next].filter((reservation) => reservation !== undefined)
  }

  at({ family, value }: Address): readonly ReservationSpec[] {
    return this.#byAddress[family].at(value)
  }

  /** Those that say for whom the address is: where Services are named, for nobody else. */
  deciding(address: Address): readonly ReservationSpec[] {
    const all = this.at(address)
    const naming = all.filter(({ holder }) => holder.kind === 'service')
    return naming.length > 0 ? naming : all
  }

  within({ family, first, last }: AddressRange): Iterable<Part<ReservationSpec>> {
    return this.#byAddress[family].within(first, last)
  }

  /** What is kept for the Service: for it by name, then by its labels, then for its namespace; of one kind by name. */
  for(service: Beneficiary): readonly (readonly ReservationSpec[])[] {
    if (this.#byName.size === 0) return []
    const tiers = [
      [...(this.#byService.get(service.key) ?? [])],
      [...this.#bySelector].filter((reservation) => isFor(reservation, service)),
      [...(this.#byNamespace.get(service.namespace) ?? [])],
    ]
    return tiers.filter((tier) => tier.length > 0).map((tier) => tier.sort(byName))
  }

  #add(reservation: ReservationSpec): void {
    this.#byName.set(reservation.name, reservation)
    for (const { family, first, last } of reservation.addresses) this.#byAddress[family].add(first, last, reservation)
    const { holder } = reservation
    if (holder.kind === 'selector') this.#bySelector.add(reservation)
    if (holder.kind === 'service') addTo(this.#byService, holder.key, reservation)
    if (holder.kind === 'namespace') addTo(this.#byNamespace, holder.namespace, reservation)
  }

  #remove(reservation: ReservationSpec): void {
    this.#byName.delete(reservation.name)
    for (const { family, first, last } of reservation.addresses) {
      this.#byAddress[family].delete(first, last, reservation)
    }
    const { holder } = reservation
    if (holder.kind === 'selector') this.#bySelector.delete(reservation)
    if (holder.kind === 'service') deleteFrom(this.#byService, holder.key, reservation)
    if (holder.kind === 'namespace') deleteFrom(this.#byNamespace, holder.namespace, reservation)
  }
}

export function isFor({ holder }: ReservationSpec, { key, namespace, labels }: Beneficiary): boolean {
  switch (holder.kind) {
    case 'service':
      return holder.key === key
    case 'namespace':
      return holder.namespace === namespace
    case 'selector':
      return matchesSelector(holder.selector, labels)
  }
}

function addTo<K, V>(sets: Map<K, Set<V>>, key: K, value: V): void {
  sets.set(key, (sets.get(key) ?? new Set<V>()).add(value))
}

function deleteFrom<K, V>(sets: Map<K, Set<V>>, key: K, value: V): void {
  const set = sets.get(key)
  set?.delete(value)
  if (set?.size === 0) sets.delete(key)
}

function byName(a: ReservationSpec, b: ReservationSpec): number {
  return a.name < b.name ? -1 : 1
}
