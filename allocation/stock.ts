import type { ReservationSpec } from '../config/reservation.ts'
import type { Pool } from '../config/snapshot.ts'
import type { Address, Family } from '../net/address.ts'
import { IntervalSet } from '../net/intervals.ts'
import type { AddressRange } from '../net/range.ts'
import type { AddressOrder, Positions } from './address-order.ts'
import { Balance } from './balance.ts'
import { buggyIn, isBuggy } from './capacity.ts'
import { Exclusion } from './exclusion.ts'
import type { Reservations } from './reservations.ts'
import type { WithheldAddresses } from './withheld.ts'

/** Addresses that are not for everybody, whatever pool has them. */
export interface Bars {
  readonly withheld: WithheldAddresses
  readonly reservations: Reservations
  /** A Service that has to leave the address first, before anybody may come there. */
  contestantOn(address: Address): string | undefined
}

/** What a stock goes by. */
export type StockRules = Pick<Pool, 'exclude' | 'avoidBuggyIPs' | 'strategy'>

/**
 * What of one pool and family can be given out, by position. Every position is in one of four states:
 *
 *     free      for everybody
 *     kept      for those whom an IPReservation names
 *     barred    excluded by the pool, or withheld: for nobody
 *     held      taken; it is one of the others once it is given back
 */
export class Stock {
  readonly #family: Family
  readonly #order: AddressOrder
  readonly #avoidBuggyIPs: boolean
  readonly #bars: Bars
  readonly #exclusion: Exclusion
  readonly #free = new IntervalSet()
  readonly #kept = new IntervalSet()
  readonly #balance: Balance | undefined

  constructor(family: Family, order: AddressOrder, { exclude, avoidBuggyIPs, strategy }: StockRules, bars: Bars) {
    this.#family = family
    this.#order = order
    this.#avoidBuggyIPs = avoidBuggyIPs && family === 4
    this.#bars = bars
    const excluded = exclude.filter((range) => range.family === family)
    this.#exclusion = new Exclusion(order, excluded, this.#avoidBuggyIPs)
    if (strategy === 'Balanced') this.#balance = new Balance(order.segments, this.#sizesOf(this.#exclusion.rest()))
    if (order.size > 0n) this.refresh([0n, order.size - 1n], [])
  }

  get isBalanced(): boolean {
    return this.#balance !== undefined
  }

  /** How many positions are free. */
  get size(): bigint {
    return this.#sizeOf(this.#free)
  }

  get usable(): bigint {
    return this.#exclusion.usable
  }

  get isAllExcluded(): boolean {
    return this.#exclusion.isAll
  }

  /** The first free position: of all, or of the range with the largest free share. */
  first(): bigint | undefined {
    const segment = this.#balance?.leastUsed()
    const balanced = segment && this.#firstOf(this.#free, [segment.start, segment.end])
    return balanced ?? this.#firstOf(this.#free, [0n, this.#order.size - 1n])
  }

  /** How many positions are kept and not held. */
  get keptSize(): bigint {
    return this.#sizeOf(this.#kept)
  }

  /** The first position that is kept, not held, and for those of the reservation. */
  firstKept([first, last]: Positions, reservation: ReservationSpec): bigint | undefined {
    let position = this.#firstOf(this.#kept, [first, last])
    while (position !== undefined && !this.#decides(reservation, position)) {
      position = this.#firstOf(this.#kept, [position + 1n, last])
    }
    return position
  }

  isExcluded(position: bigint): boolean {
    return this.#exclusion.has(position)
  }

  /** Whether anybody new may come to an address that is held. */
  isJoinable(position: bigint, value: bigint): boolean {
    return !this.#isBarred(position, value) && this.#bars.contestantOn(this.#address(value)) === undefined
  }

  isAvoided(value: bigint): boolean {
    return this.#avoidBuggyIPs && isBuggy(value)
  }

  take(position: bigint): void {
    this.#exclusion.take(position)
    if (this.#balance !== undefined && this.#free.has(position)) this.#balance.count(position, 1)
    this.#free.remove(position, position)
    this.#kept.remove(position, position)
  }

  giveBack(position: bigint, value: bigint): void {
    this.#exclusion.giveBack(position)
    if (this.#isBarred(position, value)) return
    const isKept = this.#bars.reservations.at(this.#address(value)).length > 0
    if (!isKept) this.#balance?.count(position, -1)
    const set = isKept ? this.#kept : this.#free
    set.add(position, position)
  }

  /** What is kept or withheld changed there; `held` are the positions that are. */
  refresh(positions: Positions, held: Iterable<bigint>): void {
    const [first, last] = positions
    this.#free.add(first, last)
    this.#kept.remove(first, last)
    for (const range of this.#order.rangesAt(positions)) this.#applyBars(range)
    for (const [start, end] of this.#exclusion.within(first, last)) this.#withdraw(start, end)
    for (const position of held) this.#withdraw(position, position)
    this.#rebalance(positions)
  }

  #decides(reservation: ReservationSpec, position: bigint): boolean {
    if (reservation.holder.kind === 'service') return true
    return this.#bars.reservations.deciding(this.#address(this.#order.addressAt(position))).includes(reservation)
  }

  #isBarred(position: bigint, value: bigint): boolean {
    return this.#exclusion.has(position) || this.#bars.withheld.at(this.#address(value)) !== undefined
  }

  #applyBars(range: AddressRange): void {
    const { withheld, reservations } = this.#bars
    for (const part of reservations.within(range)) {
      for (const [first, last] of this.#order.positionsIn({ ...range, ...part })) {
        this.#free.remove(first, last)
        this.#kept.add(first, last)
      }
    }
    for (const part of withheld.within(range)) {
      for (const [first, last] of this.#order.positionsIn({ ...range, ...part })) this.#withdraw(first, last)
    }
  }

  #withdraw(first: bigint, last: bigint): void {
    this.#free.remove(first, last)
    this.#kept.remove(first, last)
  }

  #rebalance([first, last]: Positions): void {
    if (this.#balance === undefined) return
    for (const [index, { start, end }] of this.#order.segments.entries()) {
      if (start <= last && end >= first) this.#balance.recount(index, this.#sizeWithin(this.#free, [start, end]))
    }
  }

  /** For each range of the pool. */
  #sizesOf(set: IntervalSet): bigint[] {
    return this.#order.segments.map(({ start, end }) => this.#sizeWithin(set, [start, end]))
  }

  #sizeOf(set: IntervalSet): bigint {
    return this.#avoidBuggyIPs ? this.#sizeWithin(set, [0n, this.#order.size - 1n]) : set.size
  }

  /** Without those that are avoided. */
  #sizeWithin(set: IntervalSet, [first, last]: Positions): bigint {
    let size = 0n
    for (const [start, end] of set.within(first, last)) {
      size += end - start + 1n
      if (this.#avoidBuggyIPs) for (const range of this.#order.rangesAt([start, end])) size -= buggyIn(range)
    }
    return size
  }

  /** Positions that are avoided are thrown away where they are met, not to be met again. */
  #firstOf(set: IntervalSet, [first, last]: Positions): bigint | undefined {
    let position = set.next(first)
    while (position !== undefined && this.isAvoided(this.#order.addressAt(position))) {
      set.remove(position, position)
      position = set.next(position)
    }
    return position !== undefined && position <= last ? position : undefined
  }

  #address(value: bigint): Address {
    return { family: this.#family, value }
  }
}
