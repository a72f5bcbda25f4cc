import { type Address, formatAddress } from '../../net/address.ts'
import type { StandIn } from '../layer2/book.ts'
import type { Layer2 } from '../layer2/layer2.ts'
import {
  type Claimant,
  type OwnerAction,
  type OwnerEvent,
  type OwnerState,
  ownerDueMillis,
  silent,
  stepOwner,
} from './address-owner.ts'
import { type Duty, dutyOf, none, type Outlook, sameDuty, strongest } from './duty.ts'
import type { Pace } from './pace.ts'
import { Repeats } from './repeats.ts'

export interface AddressesOptions {
  readonly pace: Pace
  readonly layer2: Pick<Layer2, 'answer' | 'announceAgain' | 'probe'>
  /** The MAC of a node on the link of an interface of ours. */
  macOf(node: string, interfaceName: string): Uint8Array | undefined
  /** The duty of an address depends on whether a node is there. */
  onNeed(node: string): void
  /** This node has become or ceased to be the owner of an address of theirs. */
  onRole(services: Iterable<string>): void
}

export interface Counts {
  readonly ipv4: number
  readonly ipv6: number
  readonly standingIn: number
}

export interface Entry {
  readonly address: Address
  /** Mostly one, of thousands of addresses: a map would take more memory than all the rest, and so would an array with room. */
  orders: readonly ServiceOrder[]
  duty: Duty
  state: OwnerState
  /** When a conflict was told last. */
  reportedMillis: number | undefined
}

interface ServiceOrder {
  readonly service: string
  readonly order: readonly string[]
}

/** The candidates behind these come into play after the next election only. */
const longestOrder = 16

/**
 * The machines of all addresses. What they want of the wire is gathered until `flush`. Has no timer: call `due` at
 * `dueMillis`.
 */
export class Addresses {
  readonly #options: AddressesOptions
  readonly #entries = new Map<string, Entry>()
  readonly #byService = new Map<string, readonly Entry[]>()
  readonly #timed = new Set<Entry>()
  readonly #counts = { ipv4: 0, ipv6: 0, standingIn: 0 }
  /** One for all addresses of an absent node. */
  readonly #standIns = new Map<string, StandIn>()
  readonly #repeats = new Repeats<Entry>()
  #dueMillis = Number.POSITIVE_INFINITY
  #probes: Address[] = []
  #announcements: Address[] = []

  constructor(options: AddressesOptions) {
    this.#options = options
  }

  get counts(): Counts {
    return this.#counts
  }

  find(address: Address): Entry | undefined {
    return this.#entries.get(formatAddress(address))
  }

  /** The addresses that would be this node's under an outlook, or that it would answer for in another's place. */
  dutiful(outlook: Outlook): IteratorObject<Address> {
    return this.#entries
      .values()
      .filter((entry) => isDutiful(entry, outlook))
      .map(({ address }) => address)
  }

  /** The Service's addresses are for the first of these that can; see {@link dutyOf}. */
  tell(service: string, addresses: readonly Address[], order: readonly string[], at: Moment): void {
    const relevant = order.slice(0, longestOrder)
    const entries = addresses.map((address) => this.#entryOf(address))
    this.#byService.set(service, entries)
    for (const entry of entries) {
      entry.orders = without(service, entry.orders).concat({ service, order: relevant })
      this.#refresh(entry, at)
    }
  }

  /** False when the Service was told to have others. */
  isAbout(service: string, addresses: readonly Address[]): boolean {
    const entries = this.#byService.get(service)
    if (entries === undefined) return true
    return entries.length === addresses.length && addresses.every((address) => entries.includes(this.find(address)!))
  }

  /** Ends at once for what no other Service has. */
  forget(service: string, at: Moment): void {
    for (const entry of this.#byService.get(service) ?? []) {
      entry.orders = without(service, entry.orders)
      this.#refresh(entry, at)
      if (entry.orders.length === 0) this.#entries.delete(formatAddress(entry.address))
    }
    this.#byService.delete(service)
  }

  /** Somebody can do more or less than before. */
  refreshAll(at: Moment): void {
    for (const entry of this.#entries.values()) this.#refresh(entry, at)
  }

  claimed(entry: Entry, by: Claimant, kind: 'announcement' | 'reply', nowMillis: number): readonly OwnerAction[] {
    return this.#step(entry, { type: 'claim', by, kind }, nowMillis)
  }

  /** Then or later. */
  get dueMillis(): number {
    return Math.min(this.#dueMillis, this.#repeats.dueMillis)
  }

  due(nowMillis: number): void {
    const repeated = this.#repeats.takeDue(nowMillis).filter(({ state }) => state.type === 'owner')
    this.#announcements.push(...repeated.map(({ address }) => address))
    this.#dueMillis = Number.POSITIVE_INFINITY
    for (const entry of [...this.#timed]) {
      const dueMillis = ownerDueMillis(entry.state)!
      if (dueMillis <= nowMillis) this.#step(entry, { type: 'due', lateMillis: nowMillis - dueMillis }, nowMillis)
      else this.#dueMillis = Math.min(this.#dueMillis, dueMillis)
    }
  }

  /** All its addresses: an owner of half of them has not got the Service. */
  owns(service: string): boolean {
    return this.#every(service, 'owner') === true
  }

  /** Whether nothing is to be answered, asked or handed over for it. */
  isSilent(service: string): boolean {
    return this.#every(service, 'silent') !== false
  }

  isHandingOver(): boolean {
    return this.#timed.values().some(({ state }) => state.type === 'handingOver')
  }

  flush(): void {
    const { layer2 } = this.#options
    const [probes, announcements] = [this.#probes, this.#announcements]
    this.#probes = []
    this.#announcements = []
    if (probes.length > 0) layer2.probe(probes)
    if (announcements.length > 0) layer2.announceAgain(announcements)
  }

  /** Undefined: nothing was told of it. */
  #every(service: string, type: OwnerState['type']): boolean | undefined {
    return this.#byService
      .get(service)
      ?.values()
      .every(({ state }) => state.type === type)
  }

  #entryOf(address: Address): Entry {
    const key = formatAddress(address)
    const known = this.#entries.get(key)
    if (known !== undefined) return known
    const entry: Entry = { address, orders: [], duty: none, state: silent, reportedMillis: undefined }
    this.#entries.set(key, entry)
    return entry
  }

  #refresh(entry: Entry, { outlook, nowMillis }: Moment): void {
    const duty = dutyUnder(outlook, entry.orders)
    if (sameDuty(duty, entry.duty)) return
    entry.duty = duty
    this.#step(entry, { type: 'duty' }, nowMillis)
    if (duty.type === 'substitute') this.#needAll(entry)
  }

  /** Each of them may turn out to be gone. */
  #needAll({ orders }: Entry): void {
    for (const { order } of orders) for (const node of order) this.#options.onNeed(node)
  }

  #step(entry: Entry, event: OwnerEvent, nowMillis: number): readonly OwnerAction[] {
    const before = entry.state
    const { state, actions } = stepOwner(before, event, { duty: entry.duty, nowMillis, pace: this.#options.pace })
    entry.state = state
    this.#time(entry)
    for (const action of actions) this.#act(entry, action)
    if (before.type !== state.type) this.#count(entry, before, state)
    if (state.type === 'owner' && isTakenFrom(before)) this.#repeats.add(entry, nowMillis)
    return actions
  }

  #time(entry: Entry): void {
    const dueMillis = ownerDueMillis(entry.state)
    if (dueMillis === undefined) this.#timed.delete(entry)
    else this.#timed.add(entry)
    this.#dueMillis = Math.min(this.#dueMillis, dueMillis ?? this.#dueMillis)
  }

  #act({ address }: Entry, action: OwnerAction): void {
    const { layer2 } = this.#options
    if (action.type === 'probe') this.#probes.push(address)
    if (action.type === 'announceAgain') this.#announcements.push(address)
    if (action.type === 'answer') layer2.answer(address, action.as)
    if (action.type === 'standIn') layer2.answer(address, this.#standInFor(action.absent))
  }

  #standInFor(node: string): StandIn {
    const standIn = this.#standIns.get(node) ?? { mac: (at) => this.#options.macOf(node, at) }
    this.#standIns.set(node, standIn)
    return standIn
  }

  #count({ address, orders }: Entry, before: OwnerState, after: OwnerState): void {
    const family = address.family === 4 ? 'ipv4' : 'ipv6'
    for (const [{ type }, by] of [[before, -1] as const, [after, 1] as const]) {
      if (type === 'owner') this.#counts[family] += by
      if (type === 'standingIn' || type === 'relieving') this.#counts.standingIn += by
    }
    if (before.type === 'owner' || after.type === 'owner') this.#options.onRole(orders.map(({ service }) => service))
  }
}

/** Somebody else had the address before. */
function isTakenFrom({ type }: OwnerState): boolean {
  return type !== 'owner' && type !== 'silent' && type !== 'handingOver'
}

function without(service: string, orders: readonly ServiceOrder[]): readonly ServiceOrder[] {
  return orders.filter((one) => one.service !== service)
}

/** Whether under this outlook the node has the address, or answers in its owner's place. */
export function isDutiful({ orders }: Entry, outlook: Outlook): boolean {
  return ['own', 'substitute'].includes(dutyUnder(outlook, orders).type)
}

function dutyUnder(outlook: Outlook, orders: Entry['orders']): Duty {
  return strongest(orders.map(({ order }) => dutyOf(order, outlook)))
}

export interface Moment {
  readonly outlook: Outlook
  readonly nowMillis: number
}
