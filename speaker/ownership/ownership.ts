import { isDeepStrictEqual } from 'node:util'
import type { Address } from '../../net/address.ts'
import type { Interfaces } from '../layer2/book.ts'
import type { Claim } from '../layer2/claim.ts'
import type { Layer2 } from '../layer2/layer2.ts'
import type { Claimant, OwnerState } from './address-owner.ts'
import { Addresses, type Counts, type Entry, isDutiful, type Moment } from './addresses.ts'
import { Alarm, type AlarmClock } from './alarm.ts'
import type { Company } from './company.ts'
import type { Outlook } from './duty.ts'
import type { Pace } from './pace.ts'

export interface OwnershipOptions {
  readonly clock: AlarmClock
  readonly pace: Pace
  readonly company: Company
  readonly layer2: Pick<Layer2, 'hold' | 'release' | 'answer' | 'announceAgain' | 'probe'>
  /** Whether a node would come before this one if both served. */
  outranks(service: string, node: string): boolean
  /** What `owns` says of these is new, and nobody has asked just now. */
  onRole(services: readonly string[]): void
  onConflict(conflict: Conflict): void
}

/** Somebody who is no speaker has an address. */
export interface Conflict {
  readonly address: Address
  readonly services: readonly string[]
  readonly mac: string
  readonly interface: string
}

/** What is to become of a Service's addresses. */
export interface Order {
  readonly addresses: readonly Address[]
  /** The candidates, best first; see {@link dutyOf}. */
  readonly order: readonly string[]
  /** Where this node may answer. */
  readonly interfaces: Interfaces
}

/** Brings together who should have addresses, who is there, and what is heard on the wire; and has it done, address by address. */
export class Ownership {
  readonly #options: OwnershipOptions
  readonly #addresses: Addresses
  readonly #alarm: Alarm
  /** Where the addresses of a Service may be answered. */
  readonly #interfaces = new Map<string, Interfaces>()
  #outlook: Company['outlook']
  /** Whose caller looks for itself. */
  #told: string | undefined
  readonly #waiting: (() => void)[] = []

  constructor(options: OwnershipOptions) {
    this.#options = options
    const { pace, layer2, company, clock } = options
    this.#outlook = company.outlook
    this.#addresses = new Addresses({
      ...{ pace, layer2 },
      macOf: (node, at) => company.macOf(node, at),
      onNeed: (node) => company.need(node, clock.now()),
      onRole: (services) => this.#onRole([...services]),
    })
    this.#alarm = new Alarm({ clock, lateMillis: pace.lateMillis, onDue: (nowMillis) => this.#onDue(nowMillis) })
  }

  get counts(): Counts {
    return this.#addresses.counts
  }

  /** Takes effect at once: an address that nobody else can have is announced when this returns. */
  tell(service: string, { addresses, order, interfaces }: Order): void {
    if (!this.#addresses.isAbout(service, addresses)) this.forget(service)
    if (!isDeepStrictEqual(this.#interfaces.get(service), interfaces)) {
      this.#interfaces.set(service, interfaces)
      for (const address of addresses) this.#options.layer2.hold(service, address, interfaces)
    }
    this.#told = service
    this.#addresses.tell(service, addresses, order, this.#moment())
    this.conform()
    this.#told = undefined
  }

  /** Ends at once, for what no other Service has. */
  forget(service: string): void {
    this.#told = service
    this.#addresses.forget(service, this.#moment())
    this.#options.layer2.release(service)
    this.#interfaces.delete(service)
    this.#told = undefined
  }

  /** Whether this node announces all addresses of the Service as its own. */
  owns(service: string): boolean {
    return this.#addresses.owns(service)
  }

  /** Whether nothing of the Service is answered, asked for or handed over here. */
  isSilent(service: string): boolean {
    return this.#addresses.isSilent(service)
  }

  heard(claim: Claim): void {
    const { company, clock } = this.#options
    if (claim.kind === 'probe') return
    const nowMillis = clock.now()
    if (!company.heard(claim, nowMillis)) this.#claimed(claim, nowMillis)
    this.conform()
  }

  /** Brings all addresses in line with what the company can do now. */
  conform(): void {
    const { company } = this.#options
    this.#refresh()
    this.#addresses.flush()
    company.conformed()
    this.#alarm.set(Math.min(this.#addresses.dueMillis, company.dueMillis))
    if (this.#waiting.length > 0 && !this.#addresses.isHandingOver()) for (const run of this.#waiting.splice(0)) run()
  }

  /** Calls back when everything has been handed over, or nobody has taken it in time; maybe at once. */
  whenHandedOver(run: () => void): void {
    this.#waiting.push(run)
    this.conform()
  }

  /** Asks who has the addresses that are this node's, or would be if it served. */
  probeOwn(most: number): void {
    const sample = this.#addresses.dutiful(this.#servingOutlook).take(most).toArray()
    if (sample.length > 0) this.#options.layer2.probe(sample)
  }

  stop(): void {
    this.#alarm.clear()
  }

  #onDue(nowMillis: number): void {
    this.#options.company.due(nowMillis)
    this.#refresh()
    this.#addresses.due(nowMillis)
    this.conform()
  }

  get #servingOutlook(): Outlook {
    return { ...this.#options.company.outlook, own: 'serves' }
  }

  #refresh(): void {
    const { outlook } = this.#options.company
    if (outlook === this.#outlook) return
    this.#outlook = outlook
    this.#addresses.refreshAll(this.#moment())
  }

  #claimed(claim: Claim, nowMillis: number): void {
    const entry = this.#addresses.find(claim.address)
    if (entry === undefined) return
    const by = this.#claimantOf(claim, entry)
    if (by === undefined) return
    // Kernels of nodes ask for others with an address that is on a kube-ipvs0.
    if (claim.kind === 'use' && by.type !== 'stranger') return
    if (by.type === 'speaker' && isDutiful(entry, this.#servingOutlook)) this.#options.company.heardHolder()
    const actions = this.#addresses.claimed(entry, by, claim.kind === 'reply' ? 'reply' : 'announcement', nowMillis)
    if (actions.some(({ type }) => type === 'report')) this.#report(entry, claim, nowMillis)
  }

  /** Undefined: whoever it is, it keeps nobody else from having the address on the other networks. */
  #claimantOf({ mac, sender }: Claim, entry: Entry): Claimant | undefined {
    const { company } = this.#options
    const name = company.nodeOf(mac)
    if (name === undefined) return { type: 'stranger' }
    if (name === company.outlook.self) return { type: 'self' }
    const relation = company.relationTo(name, mac)
    if (relation.isAside && this.#isEverywhere(entry)) return undefined
    const wins = !relation.isOut && this.#loses(entry, name)
    return { type: 'speaker', name, isHeard: relation.isHeard, wins, isProxy: sender !== mac }
  }

  #isEverywhere({ orders }: Entry): boolean {
    return orders.some(({ service }) => this.#interfaces.get(service) === 'all')
  }

  /** In an election over the union of both views: whoever claims an address takes itself for alive. */
  #loses({ orders, state }: Entry, rival: string): boolean {
    const { self, own, abilityOf } = this.#options.company.outlook
    if (own === 'leaves' || own === 'silent') return true
    // Services on one address have one order.
    const [{ service, order } = { service: '', order: [] }] = orders
    if ((own === 'reserve') !== (abilityOf(rival) === 'reserve')) {
      if (own !== 'reserve' || !isAnswering(state)) return own === 'reserve'
      // The rival may not know it yet, and would yield at the same time: only by their ranks one goes on answering.
      return this.#options.outranks(service, rival)
    }
    const place = order.indexOf(rival)
    return place < 0 ? this.#options.outranks(service, rival) : !order.slice(0, place).includes(self)
  }

  #report(entry: Entry, { address, mac, interface: at }: Claim, nowMillis: number): void {
    const { reportedMillis = Number.NEGATIVE_INFINITY } = entry
    if (nowMillis - reportedMillis < this.#options.pace.defendMillis) return
    entry.reportedMillis = nowMillis
    this.#options.onConflict({ address, mac, interface: at, services: entry.orders.map(({ service }) => service) })
  }

  #onRole(services: readonly string[]): void {
    const others = services.filter((service) => service !== this.#told)
    if (others.length > 0) this.#options.onRole(others)
  }

  #moment(): Moment {
    return { outlook: this.#options.company.outlook, nowMillis: this.#options.clock.now() }
  }
}

function isAnswering({ type }: OwnerState): boolean {
  return type === 'owner' || type === 'handingOver'
}
