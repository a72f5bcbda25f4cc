import type { Address, Family } from '../net/address.ts'
import { IntervalSet } from '../net/intervals.ts'
import type { AddressRange } from '../net/range.ts'
import { AddressOrder } from './address-order.ts'
import { capacityOf, isBuggy } from './capacity.ts'
import { SharedAddresses } from './shared-addresses.ts'

/** A Service on an address. */
export interface User {
  readonly service: string
  readonly sharing: string | undefined
  readonly ports: readonly string[]
}

interface Holding {
  readonly sharing: string | undefined
  readonly users: Map<string, User>
}

/** Why an address cannot be used; `services` are those in the way. */
export type Obstacle =
  | { readonly kind: 'in-use'; readonly services: readonly string[] }
  | { readonly kind: 'port-in-use'; readonly port: string; readonly services: readonly string[] }

/** The addresses of one pool and family: who holds which, and which are free, in the order they are given out. */
export class AddressSpace {
  readonly family: Family
  readonly capacity: bigint
  readonly #avoidBuggyIPs: boolean
  readonly #order: AddressOrder
  readonly #free = new IntervalSet()
  readonly #holdings = new Map<bigint, Holding>()
  readonly #shared = new Map<string, SharedAddresses>()

  constructor(family: Family, ranges: readonly AddressRange[], avoidBuggyIPs: boolean) {
    this.family = family
    this.#avoidBuggyIPs = avoidBuggyIPs && family === 4
    this.#order = new AddressOrder(ranges)
    this.capacity = capacityOf(ranges, this.#avoidBuggyIPs)
    if (this.#order.size > 0n) this.#free.add(0n, this.#order.size - 1n)
  }

  get inUse(): number {
    return this.#holdings.size
  }

  contains({ family, value }: Address): boolean {
    return family === this.family && !this.#isAvoided(value) && this.#order.positionOf(value) !== undefined
  }

  /** The first address in order that is free, or shared with the user's key and without its ports. */
  lowestFor({ sharing, ports }: Pick<User, 'sharing' | 'ports'>): Address | undefined {
    const free = this.#lowestFree()
    const shared = sharing === undefined ? undefined : this.#shared.get(sharing)?.lowestFor(ports)
    const position = free === undefined || (shared !== undefined && shared < free) ? shared : free
    return position === undefined ? undefined : { family: this.family, value: this.#order.addressAt(position) }
  }

  get hasFree(): boolean {
    return this.#lowestFree() !== undefined
  }

  /** Undefined: the user may have the address. */
  obstacle({ value }: Address, user: User): Obstacle | undefined {
    const holding = this.#holdings.get(value)
    const others = [...(holding?.users.values() ?? [])].filter(({ service }) => service !== user.service)
    if (holding === undefined || others.length === 0) return undefined
    const services = others.map(({ service }) => service)
    if (holding.sharing === undefined || holding.sharing !== user.sharing) return { kind: 'in-use', services }
    for (const { service, ports } of others) {
      const port = ports.find((candidate) => user.ports.includes(candidate))
      if (port !== undefined) return { kind: 'port-in-use', port, services: [service] }
    }
    return undefined
  }

  /** Assumption: there is no obstacle, and the user does not hold the address yet. */
  hold({ value }: Address, user: User): void {
    const position = this.#order.positionOf(value)!
    const holding = this.#holdings.get(value) ?? this.#open(position, value, user.sharing)
    holding.users.set(user.service, user)
    if (holding.sharing !== undefined) this.#shared.get(holding.sharing)!.occupy(position, user.ports)
  }

  release({ value }: Address, service: string): void {
    const position = this.#order.positionOf(value)!
    const holding = this.#holdings.get(value)!
    const user = holding.users.get(service)!
    holding.users.delete(service)
    if (holding.sharing !== undefined) this.#shared.get(holding.sharing)!.vacate(position, user.ports)
    if (holding.users.size === 0) this.#close(position, value, holding.sharing)
  }

  #open(position: bigint, value: bigint, sharing: string | undefined): Holding {
    const holding = { sharing, users: new Map<string, User>() }
    this.#holdings.set(value, holding)
    this.#free.remove(position, position)
    if (sharing !== undefined) this.#group(sharing).addAddress(position)
    return holding
  }

  #close(position: bigint, value: bigint, sharing: string | undefined): void {
    this.#holdings.delete(value)
    this.#free.add(position, position)
    if (sharing === undefined) return
    const group = this.#group(sharing)
    group.removeAddress(position)
    if (group.isEmpty) this.#shared.delete(sharing)
  }

  #group(sharing: string): SharedAddresses {
    const group = this.#shared.get(sharing) ?? new SharedAddresses()
    this.#shared.set(sharing, group)
    return group
  }

  #lowestFree(): bigint | undefined {
    let position = this.#free.lowest()
    while (position !== undefined && this.#isAvoided(this.#order.addressAt(position))) {
      position = this.#free.next(position + 1n)
    }
    return position
  }

  #isAvoided(value: bigint): boolean {
    return this.#avoidBuggyIPs && isBuggy(value)
  }
}
