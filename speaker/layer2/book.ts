import { type Address, addressToBytes, formatAddress } from '../../net/address.ts'
import { isAt, word } from './ethernet.ts'
import type { Station } from './station.ts'

/** The interfaces on which an address is answered. */
export type Interfaces = readonly string[] | 'all'

/** What was heard and said about one address; never runs backwards, also when the address comes and goes. */
export interface AddressCounters {
  requestsReceived: number
  responsesSent: number
  gratuitousSent: number
}

/** Answers in the name of another node: with the MAC that it has on the same link as our interface, if that is known. */
export interface StandIn {
  readonly mac: (interfaceName: string) => Uint8Array | undefined
}

/** What an address of the book is to this node. */
export type Role = 'nobody' | 'own' | StandIn

/** An address that this node may have to answer for, as long as some Service holds it. */
export interface Holding {
  readonly address: Address
  /** In network order. */
  readonly bytes: readonly number[]
  /** Silent until told. */
  readonly role: Role
  readonly counters: AddressCounters
  /** How many Services hold it; none: it was let go, and can still be on its way out. */
  readonly users: number
  allows(interfaceName: string): boolean
}

/** The addresses that this node may have to answer for. Written by decisions, read for every packet. */
export interface Book {
  /** The IPv4 address at an offset. Makes no objects. */
  ipv4(bytes: Uint8Array, offset: number): Holding | undefined
  /** The IPv6 address at an offset. Makes no objects. */
  ipv6(bytes: Uint8Array, offset: number): Holding | undefined
  find(address: Address): Holding | undefined
}

export class AnnouncementBook implements Book {
  readonly #ipv4 = new Map<number, WritableHolding>()
  /** Several when their keys are the same. */
  readonly #ipv6 = new Map<number, readonly WritableHolding[]>()
  readonly #byService = new Map<string, readonly WritableHolding[]>()
  /** Of addresses that are not held any more. */
  readonly #past = new Map<string, AddressCounters>()

  ipv4(bytes: Uint8Array, offset: number): Holding | undefined {
    return this.#ipv4.get(word(bytes, offset))
  }

  ipv6(bytes: Uint8Array, offset: number): Holding | undefined {
    const candidates = this.#ipv6.get(ipv6Key(bytes, offset))
    if (candidates === undefined) return undefined
    for (let i = 0; i < candidates.length; i++) {
      if (isAt(bytes, offset, candidates[i]!.bytes)) return candidates[i]
    }
    return undefined
  }

  find(address: Address): WritableHolding | undefined {
    const bytes = addressToBytes(address)
    if (address.family === 4) return this.#ipv4.get(word(bytes, 0))
    return this.#ipv6.get(ipv6Key(bytes, 0))?.find((holding) => holding.address.value === address.value)
  }

  *holdings(): Iterable<Holding> {
    yield* this.#ipv4.values()
    for (const holdings of this.#ipv6.values()) yield* holdings
  }

  /** By address, also of those that are not held any more. */
  counters(): ReadonlyMap<string, AddressCounters> {
    const all = new Map(this.#past)
    for (const { address, counters } of this.holdings()) all.set(formatAddress(address), counters)
    return all
  }

  /** The address is answered on these interfaces for the Service's sake; asked again, the new list replaces the old. */
  hold(service: string, address: Address, interfaces: Interfaces): Holding {
    const holding = this.find(address) ?? this.#add(address)
    holding.set(service, interfaces)
    const held = this.#byService.get(service) ?? []
    if (!held.includes(holding)) this.#byService.set(service, held.concat(holding))
    return holding
  }

  /** Undefined when nobody holds the address. */
  cast(address: Address, role: Role): Holding | undefined {
    const holding = this.find(address)
    if (holding !== undefined) holding.role = role
    return holding
  }

  /**
   * The Service holds nothing any more. An address is answered until the last of its holders lets go.
   * Returns the addresses that are not answered any more.
   */
  release(service: string): Holding[] {
    const freed: WritableHolding[] = []
    for (const holding of this.#byService.get(service) ?? []) {
      holding.delete(service)
      if (holding.users === 0) freed.push(holding)
    }
    this.#byService.delete(service)
    for (const holding of freed) this.#remove(holding)
    return freed
  }

  #add(address: Address): WritableHolding {
    const text = formatAddress(address)
    const counters = this.#past.get(text) ?? { requestsReceived: 0, responsesSent: 0, gratuitousSent: 0 }
    this.#past.delete(text)
    const holding = new WritableHolding(address, counters)
    const bytes = addressToBytes(address)
    if (address.family === 4) this.#ipv4.set(word(bytes, 0), holding)
    else this.#setIpv6(ipv6Key(bytes, 0), (others) => [...others, holding])
    return holding
  }

  #remove(holding: WritableHolding): void {
    const { address, counters } = holding
    const bytes = addressToBytes(address)
    this.#past.set(formatAddress(address), counters)
    if (address.family === 4) this.#ipv4.delete(word(bytes, 0))
    else this.#setIpv6(ipv6Key(bytes, 0), (all) => all.filter((other) => other !== holding))
  }

  #setIpv6(key: number, change: (holdings: readonly WritableHolding[]) => readonly WritableHolding[]): void {
    const holdings = change(this.#ipv6.get(key) ?? [])
    if (holdings.length > 0) this.#ipv6.set(key, holdings)
    else this.#ipv6.delete(key)
  }
}

/** The addresses of a pool mostly differ in the last word or the one before. */
function ipv6Key(bytes: Uint8Array, offset: number): number {
  return word(bytes, offset + 12) ^ Math.imul(word(bytes, offset + 8), 31) ^ word(bytes, offset + 4)
}

/** Undefined where the address is not answered. */
export function macOf({ role }: Holding, station: Station): Uint8Array | undefined {
  if (role === 'own') return station.mac
  return role === 'nobody' ? undefined : role.mac(station.interfaceName)
}

interface Holder {
  readonly service: string
  readonly interfaces: Interfaces
}

class WritableHolding implements Holding {
  readonly address: Address
  /** Not a typed array, which takes three times the memory for so few. */
  readonly bytes: readonly number[]
  readonly counters: AddressCounters
  role: Role = 'nobody'
  /** Mostly one, of thousands of addresses: a map would take more memory than all the rest, and so would an array with room. */
  #holders: readonly Holder[] = []
  #everywhere = false

  constructor(address: Address, counters: AddressCounters) {
    this.address = address
    this.bytes = Array.from(addressToBytes(address))
    this.counters = counters
  }

  get users(): number {
    return this.#holders.length
  }

  allows(interfaceName: string): boolean {
    return this.#everywhere || this.#holders.some(({ interfaces }) => interfaces.includes(interfaceName))
  }

  set(service: string, interfaces: Interfaces): void {
    this.#setHolders(this.#without(service).concat({ service, interfaces }))
  }

  delete(service: string): void {
    this.#setHolders(this.#without(service))
  }

  #without(service: string): Holder[] {
    return this.#holders.filter((holder) => holder.service !== service)
  }

  #setHolders(holders: readonly Holder[]): void {
    this.#holders = holders
    this.#everywhere = holders.some(({ interfaces }) => interfaces === 'all')
  }
}
