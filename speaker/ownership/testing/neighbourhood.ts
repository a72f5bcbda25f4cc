import { VirtualClock } from '../../../kube/testing/virtual-clock.ts'
import { type Address, formatAddress, parseAddress, sameAddress } from '../../../net/address.ts'
import { formatMac } from '../../../net/mac.ts'
import type { Role } from '../../layer2/book.ts'
import type { Claim } from '../../layer2/claim.ts'
import { broadcast, type Neighbour } from '../../layer2/neighbour.ts'
import type { Action } from '../../membership/action.ts'
import type { Member, MemberLink, Phase } from '../../membership/member.ts'
import { MemberCompany } from '../member-company.ts'
import { type Conflict, Ownership } from '../ownership.ts'
import { defaultPace, type Pace } from '../pace.ts'

export interface HouseOptions {
  readonly failbackMillis?: number
  readonly pace?: Partial<Pace>
}

/** Addresses of Services. */
export const vip = '192.0.2.1'
export const vip6 = '2001:db8::1'

const threeNodes = ['x', 'y', 'z']
const deliveryMillis = 1

/** Nodes on one wire, each with ownership as in a speaker. What they believe of each other is the test's to say. */
export class Neighbourhood {
  readonly clock = new VirtualClock()
  readonly houses = new Map<string, House>()
  /** Hosts that are no speakers, by address: MACs that answer for it. */
  readonly strangers = new Map<string, string>()
  /** These hear each other, and none of the rest. */
  apart: readonly string[] = []

  /** Nodes that know each other, serving. */
  static async of(names: readonly string[], options: HouseOptions = {}): Promise<Neighbourhood> {
    const neighbourhood = new Neighbourhood()
    for (const name of names) neighbourhood.add(name, options)
    for (const house of neighbourhood.houses.values()) house.begin()
    await neighbourhood.clock.advance(5)
    return neighbourhood
  }

  /** The nodes x, y and z, of which x has the addresses of all Services. */
  static async three(options: HouseOptions = {}): Promise<Neighbourhood> {
    const neighbourhood = await Neighbourhood.of(threeNodes, options)
    neighbourhood.tell([vip, vip6])
    await neighbourhood.pass(5)
    return neighbourhood
  }

  pass(millis: number): Promise<void> {
    return this.clock.advance(millis)
  }

  add(name: string, options: HouseOptions = {}): House {
    const house = new House(name, this.houses.size + 1, this, options)
    this.houses.set(name, house)
    return house
  }

  house(name: string): House {
    return this.houses.get(name)!
  }

  /** Every speaker that runs has elected so. */
  tell(addresses: readonly string[], order: readonly string[] = threeNodes): void {
    for (const house of this.houses.values()) if (house.isRunning) house.tell(addresses, order)
  }

  /** What every speaker but the one itself believes from now on. */
  believe(name: string, change: Partial<Pick<Member, 'life' | 'phase'>>): void {
    for (const house of this.others(name)) if (house.isRunning) house.believe(name, change)
  }

  /** The speaker's process is gone; its node is still there. */
  kill(name: string): void {
    this.house(name).stop()
    this.believe(name, { life: 'dead' })
  }

  /** A new process of the speaker, one of three. */
  restart(name: string): void {
    this.house(name).begin(() => this.house(name).tell([vip, vip6], threeNodes))
  }

  powerOff(name: string): void {
    this.house(name).hasPower = false
    this.kill(name)
  }

  *others(name: string): Iterable<House> {
    for (const house of this.houses.values()) if (house.name !== name) yield house
  }

  /** Those that the node hears, and that hear it. */
  *neighboursOf(name: string): Iterable<House> {
    for (const house of this.others(name))
      if (this.apart.includes(name) === this.apart.includes(house.name)) yield house
  }

  /** What a client that asks for the address would hear, as "<who answers>: <with whose MAC>". */
  answers(address: string): string[] {
    return [...this.houses.values()].flatMap((house) => {
      const mac = house.macFor(parseAddress(address))
      return mac === undefined ? [] : `${house.name}: ${this.nameOf(mac)}`
    })
  }

  /** Who answers with which MAC, for as many addresses as there are. */
  tally(addresses: readonly string[]): Record<string, number> {
    return Object.fromEntries(
      Map.groupBy(
        addresses.flatMap((one) => this.answers(one)),
        (one) => one,
      )
        .entries()
        .map(([text, list]) => [text, list.length]),
    )
  }

  nameOf(mac: string): string {
    return this.houses.values().find((house) => house.mac === mac)?.name ?? 'somebody'
  }

  deliver(to: House, claim: Omit<Claim, 'interface'>): void {
    this.clock.setTimeout(() => to.isRunning && to.ownership.heard({ ...claim, interface: 'eth0' }), deliveryMillis)
  }
}

/** One node: its kernel, and its speaker from the election down to the wire. */
export class House {
  readonly name: string
  readonly mac: string
  /** Its own, and its pod's. */
  readonly address: Address
  readonly links: MemberLink[]
  readonly said: Phase[] = []
  readonly conflicts: Conflict[] = []
  readonly announced: string[] = []
  readonly probed: string[] = []
  readonly roles: string[] = []
  company!: MemberCompany
  ownership!: Ownership
  isRunning = false
  hasPower = true
  /** Its speaker, by other speakers. */
  isHeard = true
  outranks: (rival: string) => boolean = () => false
  readonly #neighbourhood: Neighbourhood
  readonly #options: HouseOptions
  readonly #members = new Map<string, Member>()
  readonly #answered = new Map<string, Role>()

  constructor(name: string, number: number, neighbourhood: Neighbourhood, options: HouseOptions) {
    this.name = name
    this.mac = formatMac(Uint8Array.of(2, 0, 0, 0, 0, number))
    this.address = parseAddress(`10.0.0.${number}`)
    this.links = [{ mac: this.mac, ipv4: this.address, ipv6: parseAddress(`fe80::${number}`) }]
    this.#neighbourhood = neighbourhood
    this.#options = options
  }

  /** A new process of the speaker: knows everybody who runs, has elected everything, and serves unless it has to wait. */
  begin(before: () => void = () => undefined): void {
    this.start()
    before()
    this.on({ type: 'synced' })
    this.company.settled()
  }

  /** A new process that is not told anything more. */
  start(): void {
    const { clock } = this.#neighbourhood
    const { failbackMillis = 0, pace = {} } = this.#options
    this.#members.clear()
    this.#answered.clear()
    this.isRunning = true
    this.company = new MemberCompany({
      ...{ node: this.name, clock, failbackMillis, pace: { ...defaultPace, ...pace } },
      members: { member: (name) => this.#members.get(name), members: () => this.#members.values() },
      solicit: (neighbours) => this.#solicit(neighbours),
      probeOwn: (most) => this.ownership.probeOwn(most),
      announceAgain: () => this.#announce(this.#own()),
      whenElected: (run) => run(),
      say: (phase) => this.#say(phase),
      onChange: () => this.ownership.conform(),
    })
    this.ownership = new Ownership({
      ...{ clock, company: this.company, pace: { ...defaultPace, ...pace }, layer2: this.#layer2() },
      outranks: (_, rival) => this.outranks(rival),
      onRole: (services) => this.roles.push(...services),
      onConflict: (conflict) => this.conflicts.push(conflict),
    })
    this.company.setMacs(this.name, [this.mac])
    for (const { name, isRunning, isHeard } of this.#neighbourhood.others(this.name)) {
      if (isHeard) this.believe(name, { life: isRunning ? 'alive' : 'dead', phase: 'serving' })
    }
  }

  stop(): void {
    this.isRunning = false
    this.ownership.stop()
  }

  on(action: Action): void {
    this.company.on(action)
  }

  believe(name: string, change: Partial<Pick<Member, 'life' | 'phase'>>): void {
    const unknown = { life: 'absent', phase: 'starting', incarnation: 1, configuration: 0, sinceMillis: 0 } as const
    const { life, phase } = { ...(this.#members.get(name) ?? unknown), ...change }
    const links = life === 'absent' ? [] : this.#neighbourhood.house(name).links
    this.#members.set(name, { ...unknown, name, life, phase, links, sinceMillis: this.#neighbourhood.clock.now() })
    this.on({ type: 'changed', names: [name] })
  }

  /** One Service for each address. */
  tell(addresses: readonly string[], order: readonly string[]): void {
    for (const address of addresses) {
      this.ownership.tell(address, { addresses: [parseAddress(address)], order, interfaces: 'all' })
    }
  }

  macFor(address: Address): string | undefined {
    const role = this.#answered.get(formatAddress(address))
    if (!this.isRunning || !this.hasPower || role === undefined || role === 'nobody') return undefined
    if (role === 'own') return this.mac
    const mac = role.mac('eth0')
    return mac && formatMac(mac)
  }

  #layer2(): ConstructorParameters<typeof Ownership>[0]['layer2'] {
    return {
      hold: () => undefined,
      release: () => undefined,
      answer: (address, as) => {
        this.#answered.set(formatAddress(address), as)
        if (as === 'own') this.#announce([address])
      },
      announceAgain: (addresses) => this.#announce(addresses === 'all' ? this.#own() : addresses),
      probe: (addresses) => this.#probe(addresses),
    }
  }

  #own(): Address[] {
    return this.#answered
      .entries()
      .filter(([, role]) => role === 'own')
      .map(([text]) => parseAddress(text))
      .toArray()
  }

  #announce(addresses: readonly Address[]): void {
    this.announced.push(...addresses.map(formatAddress))
    for (const house of this.#neighbourhood.neighboursOf(this.name)) {
      for (const address of addresses) {
        this.#neighbourhood.deliver(house, { address, mac: this.mac, sender: this.mac, kind: 'announcement' })
      }
    }
  }

  #probe(addresses: readonly Address[]): void {
    this.probed.push(...addresses.map(formatAddress))
    for (const address of addresses) {
      const stranger = this.#neighbourhood.strangers.get(formatAddress(address))
      const houses = [...this.#neighbourhood.neighboursOf(this.name)].map(
        (one) => [one.macFor(address), one.mac] as const,
      )
      for (const [mac, sender] of [...houses, [stranger, stranger ?? ''] as const]) {
        if (mac !== undefined) this.#neighbourhood.deliver(this, { address, mac, sender, kind: 'reply' })
      }
    }
  }

  #solicit(neighbours: readonly Neighbour[]): void {
    for (const { mac, ipv4 } of neighbours) {
      for (const house of this.#neighbourhood.neighboursOf(this.name)) {
        const isAsked =
          house.mac === mac || (mac === broadcast && ipv4 !== undefined && sameAddress(house.address, ipv4))
        if (!isAsked || !house.hasPower || ipv4 === undefined) continue
        this.#neighbourhood.deliver(this, { address: ipv4, mac: house.mac, sender: house.mac, kind: 'reply' })
      }
    }
  }

  #say(phase: Phase): void {
    this.said.push(phase)
    const { clock } = this.#neighbourhood
    clock.setTimeout(
      () => this.isRunning && this.isHeard && this.#neighbourhood.believe(this.name, { life: 'alive', phase }),
      deliveryMillis,
    )
  }
}
