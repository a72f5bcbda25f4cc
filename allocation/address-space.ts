import type { ReservationSpec } from '../config/reservation.ts'
import type { Pool } from '../config/snapshot.ts'
import type { Address, Family } from '../net/address.ts'
import type { AddressRange } from '../net/range.ts'
import { AddressOrder, type Positions } from './address-order.ts'
import { availableOf, capacityOf } from './capacity.ts'
import { Holders, type Obstacle, type Terms, type User } from './holders.ts'
import { NamespaceUse, namespaceOf } from './namespace-use.ts'
import { type Bars, Stock } from './stock.ts'

/** What an address space goes by. */
export type SpaceRules = Pick<Pool, 'exclude' | 'avoidBuggyIPs' | 'strategy' | 'quota'>

/** The addresses of one pool and family: who holds which, and which are there to be had, in the order they are given out. */
export class AddressSpace {
  readonly family: Family
  /** How many addresses the ranges have, excluded ones too. */
  readonly capacity: bigint
  readonly #order: AddressOrder
  readonly #stock: Stock
  readonly #holders = new Holders()
  readonly #use: NamespaceUse | undefined

  constructor(family: Family, ranges: readonly AddressRange[], rules: SpaceRules, bars: Bars) {
    this.family = family
    this.#order = new AddressOrder(ranges)
    this.#stock = new Stock(family, this.#order, rules, bars)
    this.capacity = capacityOf(ranges, family === 4 && rules.avoidBuggyIPs)
    this.#use = rules.quota === undefined ? undefined : new NamespaceUse()
  }

  get inUse(): number {
    return this.#holders.size
  }

  /** How many addresses anybody could be given, as far as the status of a pool can say. */
  get available(): bigint {
    return availableOf(this.usable, BigInt(this.inUse), this.#stock.size)
  }

  /** How many addresses can be given out or are in use: never less than in use and available together. */
  get usable(): bigint {
    return this.#stock.usable
  }

  get hasFree(): boolean {
    return this.#stock.first() !== undefined
  }

  get isAllExcluded(): boolean {
    return this.#stock.isAllExcluded
  }

  contains({ family, value }: Address): boolean {
    return family === this.family && !this.#stock.isAvoided(value) && this.#order.positionOf(value) !== undefined
  }

  isExcluded({ value }: Address): boolean {
    const position = this.#order.positionOf(value)
    return position !== undefined && this.#stock.isExcluded(position)
  }

  usersOf({ value }: Address): readonly User[] {
    return this.#holders.of(value)
  }

  /** Undefined: the user may have the address. */
  obstacle(address: Address, user: User): Obstacle | undefined {
    return this.#holders.obstacle(address, user)
  }

  /** How many addresses the namespace has; 0 where the pool has no quota. */
  countOf(namespace: string): number {
    return this.#use?.count(namespace) ?? 0
  }

  /** Whether a Service of the namespace has the address, and is not about to leave it. */
  isUsedBy(namespace: string, { value }: Address): boolean {
    return this.#holders.of(value).some(({ service, isLeaving }) => !isLeaving && namespaceOf(service) === namespace)
  }

  /** The first address in order that is free, or shared on these terms; a balanced space prefers the shared one. */
  firstFor(terms: Terms): Address | undefined {
    const free = this.#stock.first()
    const shared = this.#firstShared(terms, [0n, this.#order.size - 1n])
    return this.#addressAt(this.#stock.isBalanced ? (shared ?? free) : lower(free, shared))
  }

  /** Kept for somebody who does not hold it. */
  get kept(): bigint {
    return this.#stock.keptSize
  }

  /** The first address of the reservation's range that is not held, or shared on these terms. */
  firstKept(reservation: ReservationSpec, range: AddressRange, terms: Terms): Address | undefined {
    let first: bigint | undefined
    for (const positions of this.#positionsIn(range)) {
      first = lower(first, lower(this.#stock.firstKept(positions, reservation), this.#firstShared(terms, positions)))
    }
    return this.#addressAt(first)
  }

  hasKept(reservation: ReservationSpec): boolean {
    const positions = reservation.addresses.flatMap((range) => this.#positionsIn(range))
    return positions.some((range) => this.#stock.firstKept(range, reservation) !== undefined)
  }

  /** An address that the namespace has already and that can be shared on these terms. */
  sharedIn(namespace: string, terms: Terms): Address | undefined {
    for (const value of this.#use?.valuesOf(namespace) ?? []) {
      const address = { family: this.family, value }
      const position = this.#order.positionOf(value)!
      const canBeShared = this.#firstShared(terms, [position, position]) !== undefined
      if (canBeShared && this.isUsedBy(namespace, address)) return address
    }
    return undefined
  }

  /** Assumptions: the space contains the address, there is no obstacle, and the user does not hold it yet. */
  hold({ value }: Address, user: User): void {
    const position = this.#order.positionOf(value)!
    if (!this.#holders.isHeld(value)) this.#stock.take(position)
    this.#holders.enter(position, value, user)
    this.#use?.enter(user.service, value)
  }

  release({ value }: Address, service: string): void {
    const position = this.#order.positionOf(value)!
    this.#holders.leave(position, value, service)
    this.#use?.leave(service, value)
    if (!this.#holders.isHeld(value)) this.#stock.giveBack(position, value)
  }

  /** What is kept or withheld of the range is not what it was. */
  refresh(range: AddressRange): void {
    for (const positions of this.#positionsIn(range)) this.#stock.refresh(positions, this.#heldWithin(positions))
  }

  /** Addresses of the range that are held. Cost: the smaller of the range and what is held. */
  heldIn(range: AddressRange): Address[] {
    const held = this.#positionsIn(range).flatMap((positions) => [...this.#heldWithin(positions)])
    return held.map((position) => this.#addressAt(position)!)
  }

  *#heldWithin([first, last]: Positions): Generator<bigint> {
    if (last - first < BigInt(this.inUse)) {
      for (let position = first; position <= last; position++) {
        if (this.#holders.isHeld(this.#order.addressAt(position))) yield position
      }
      return
    }
    for (const value of this.#holders.values()) {
      const position = this.#order.positionOf(value)!
      if (position >= first && position <= last) yield position
    }
  }

  /** Nobody comes to a shared address that is not given out any more; those who are there stay. */
  #firstShared(terms: Terms, [first, last]: Positions): bigint | undefined {
    if (terms.sharing === undefined) return undefined
    let position = this.#holders.firstShared(terms, [first, last])
    while (position !== undefined && !this.#stock.isJoinable(position, this.#order.addressAt(position))) {
      position = this.#holders.firstShared(terms, [position + 1n, last])
    }
    return position
  }

  #positionsIn(range: AddressRange): Positions[] {
    return range.family === this.family ? this.#order.positionsIn(range) : []
  }

  #addressAt(position: bigint | undefined): Address | undefined {
    return position === undefined ? undefined : { family: this.family, value: this.#order.addressAt(position) }
  }
}

function lower(a: bigint | undefined, b: bigint | undefined): bigint | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return a < b ? a : b
}
