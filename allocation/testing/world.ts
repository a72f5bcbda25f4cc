import { expect } from 'chai'
import type { ReservationSpec } from '../../config/reservation.ts'
import type { Pool } from '../../config/snapshot.ts'
import { type Address, formatAddress, parseAddress } from '../../net/address.ts'
import { Allocator } from '../allocator.ts'
import type { Decision } from '../converge.ts'
import type { Request } from '../request.ts'
import type { Withheld } from '../withheld.ts'
import { type Command, keys, type Shape } from './history.ts'
import { holdingOf, pools, request } from './requests.ts'
import { agree, checkCounters, isPermitted, poolOf, type Rules, whyNotNew } from './rules.ts'

/** A Service as the API server has it. */
interface Stored {
  readonly shape: Shape
  readonly has: readonly string[]
  /** By address: on which terms it was last confirmed; after a restart also those of today. */
  readonly terms: ReadonlyMap<string, readonly Request[]>
}

/** The API server's view of Services, the allocator, and a queue between them, as the controller has it. */
export class World {
  #allocator = new Allocator()
  #pools: readonly Pool[] = pools({ blue: ['192.0.2.0/30'] })
  readonly #withheld = new Map<string, readonly Withheld[]>()
  readonly #reservations = new Map<string, ReservationSpec>()
  readonly #stored = new Map<string, Stored>()
  readonly #queue = new Set<string>()

  constructor() {
    this.#allocator.setPools(this.#pools)
  }

  run(command: Command): void {
    switch (command.kind) {
      case 'apply':
        this.#apply(command.key, command.shape)
        break
      case 'delete':
        if (this.#stored.delete(command.key)) this.#enqueue([command.key])
        break
      case 'pools':
        this.#pools = command.pools
        this.#enqueue(this.#allocator.setPools(command.pools))
        break
      case 'withhold':
        this.#withheld.set(command.source, command.addresses)
        this.#enqueue(this.#allocator.setWithheld(command.source, command.addresses))
        break
      case 'reserve':
        this.#reserve(command.name, command.reservation)
        break
      case 'work':
        this.#work(command.fails)
        break
      case 'restart':
        this.#restart()
    }
    checkCounters(this.#allocator.pools, this.#rules, this.#named)
  }

  /** Until there is nothing to do: that this ends says that nobody is woken for what does not help. */
  drain(): void {
    for (let passes = 0; this.#queue.size > 0; passes++) {
      expect(passes, 'passes until there is nothing to do').to.be.lessThan(500)
      this.run({ kind: 'work', fails: false })
    }
  }

  /** Looking at Services that are not in the queue finds nothing to do: neither here, nor after a restart. */
  checkNobodyWaitsInVain(): void {
    const before = this.#holdings()
    for (const [key, stored] of this.#stored) this.#allocator.decide(requestFor(key, stored))
    expect(this.#holdings(), 'after another pass').to.equal(before)
    this.#restart()
    for (const [key, stored] of this.#stored) this.#allocator.decide(requestFor(key, stored))
    expect(this.#holdings(), 'after a restart').to.equal(before)
  }

  get #rules(): Rules {
    const withheldNow = [...this.#withheld.values()].flat().map(({ address }) => formatAddress(address))
    return { withheld: new Set(withheldNow), reservations: [...this.#reservations.values()] }
  }

  get #named(): ReadonlySet<string> {
    return new Set([...this.#stored.values()].flatMap(({ has }) => has))
  }

  #holdings(): string {
    return [...this.#stored.keys()].map((key) => `${key}: ${holdingOf(this.#allocator, key)}`).join('\n')
  }

  #apply(key: string, shape: Shape): void {
    const { has = [], terms = new Map() } = this.#stored.get(key) ?? {}
    this.#stored.set(key, { shape, has, terms })
    this.#enqueue([key])
  }

  #reserve(name: string, reservation: ReservationSpec | undefined): void {
    if (reservation === undefined) this.#reservations.delete(name)
    else this.#reservations.set(name, reservation)
    this.#enqueue(this.#allocator.setReservation(name, reservation))
  }

  #work(fails: boolean): void {
    const [key] = this.#queue
    if (key === undefined) return
    this.#queue.delete(key)
    const stored = this.#stored.get(key)
    if (stored === undefined) this.#enqueue(this.#allocator.forget(key))
    else this.#pass(key, stored, fails)
  }

  #pass(key: string, stored: Stored, fails: boolean): void {
    const wanted = requestFor(key, stored)
    const former = this.#allocator.allocationOf(key)?.addresses.map(formatAddress) ?? []
    const counts = this.#countsOf(wanted.namespace, stored.has)
    const decision = this.#allocator.decide(wanted)
    this.#enqueue(decision.wake)
    for (const address of decision.probe) this.#enqueue(this.#allocator.probed(address))
    this.#checkCondition(decision, wanted)
    if (decision.probe.length > 0) this.#stored.set(key, { ...stored, terms: this.#termsWith(stored, wanted) })
    if (decision.status === 'leave') return
    const has = decision.status.addresses.map(formatAddress)
    this.#checkKept(key, stored, wanted, has)
    this.#checkAgreed(key, has, stored, wanted)
    const added = decision.status.addresses.filter(
      (address) => ![...stored.has, ...former].includes(formatAddress(address)),
    )
    this.#checkNew(key, added, wanted)
    if (added.length > 0) this.#checkQuota(counts, this.#countsOf(wanted.namespace, []))
    const isWritten = !fails || String(has) === String(stored.has)
    const terms = new Map([...stored.terms, ...has.map((address) => [address, [wanted]] as const)])
    this.#stored.set(key, { ...stored, has: isWritten ? has : stored.has, terms })
    this.#enqueue(isWritten ? this.#allocator.settle(key) : [key])
  }

  /** What it holds already is confirmed also while something new is asked for. */
  #termsWith({ has, terms }: Stored, wanted: Request): Stored['terms'] {
    const held = this.#allocator.allocationOf(wanted.key)?.addresses.map(formatAddress) ?? []
    const kept = has.filter((address) => held.includes(address))
    return new Map([...terms, ...kept.map((address) => [address, [wanted]] as const)])
  }

  #restart(): void {
    this.#allocator = new Allocator()
    this.#allocator.setPools(this.#pools)
    for (const [source, addresses] of this.#withheld) this.#allocator.setWithheld(source, addresses)
    for (const [name, reservation] of this.#reservations) this.#allocator.setReservation(name, reservation)
    for (const [key, stored] of this.#stored) {
      const today = requestFor(key, stored)
      const terms = stored.has.map((address) => [address, [...(stored.terms.get(address) ?? []), today]] as const)
      this.#stored.set(key, { ...stored, terms: new Map(terms) })
      this.#allocator.adopt(today)
    }
    this.#enqueue(this.#stored.keys())
  }

  #enqueue(keys: Iterable<string>): void {
    for (const key of keys) this.#queue.add(key)
  }

  #checkCondition({ status, condition }: Decision, { isLoadBalancer, key }: Request): void {
    expect(condition !== undefined, `${key} is told something`).to.equal(isLoadBalancer)
    if (status === 'leave' || condition === undefined) return
    expect(condition.status, condition.message).to.equal(status.addresses.length > 0 ? 'True' : 'False')
  }

  /** An address that may stay stays. */
  #checkKept(key: string, stored: Stored, wanted: Request, has: readonly string[]): void {
    const isNamedTwice = [...this.#stored].some(
      ([other, { has: theirs }]) => other !== key && theirs.some((address) => stored.has.includes(address)),
    )
    const present = stored.has.map(parseAddress)
    const isDisputed = isNamedTwice || present.some((address) => this.#isHeldBeside(key, address))
    if (isDisputed || !isPermitted(present, wanted, this.#pools)) return
    expect(has, `${key} keeps what it has`).to.include.members([...stored.has])
  }

  /** Whoever else is named with an address that a Service gets agreed to share it, and has no port in common. */
  #checkAgreed(key: string, has: readonly string[], stored: Stored, wanted: Request): void {
    const added = has.filter((address) => !stored.has.includes(address))
    for (const [other, { has: theirs, terms }] of this.#stored) {
      for (const address of other === key ? [] : added.filter((candidate) => theirs.includes(candidate))) {
        const isAgreed = terms.get(address)?.some((their) => agree(wanted, their))
        expect(isAgreed, `${key} may have ${address} beside ${other}`).to.equal(true)
      }
    }
  }

  #checkNew(key: string, added: readonly Address[], wanted: Request): void {
    for (const address of added) {
      const reason = whyNotNew(address, wanted, this.#pools, this.#rules, this.#isHeldBeside(key, address))
      expect(reason, `${key} gets ${formatAddress(address)}`).to.equal(undefined)
    }
  }

  /** Where the namespace has too many already, it gets no more. */
  #checkQuota(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): void {
    for (const { name, quota = Number.POSITIVE_INFINITY } of this.#pools) {
      const most = Math.max(quota, before.get(name) ?? 0)
      expect(after.get(name) ?? 0, `addresses of one namespace in ${name}`).to.be.at.most(most)
    }
  }

  /** By pool: what is held for the namespace, also by Services whose end nobody has looked at, and what one may keep. */
  #countsOf(namespace: string, kept: readonly string[]): ReadonlyMap<string, number> {
    const services = keys.filter((key) => key.startsWith(`${namespace}/`))
    const held = services.flatMap((key) => this.#allocator.allocationOf(key)?.addresses ?? []).map(formatAddress)
    const counts = new Map<string, number>()
    for (const address of new Set([...held, ...kept])) {
      const pool = poolOf([parseAddress(address)], this.#pools)?.name ?? ''
      counts.set(pool, (counts.get(pool) ?? 0) + 1)
    }
    return counts
  }

  #isHeldBeside(key: string, address: Address): boolean {
    const users = [...this.#allocator.pools].flatMap((space) => space.family(address.family).usersOf(address))
    return users.some(({ service }) => service !== key)
  }
}

function requestFor(key: string, { shape, has }: Pick<Stored, 'shape' | 'has'>): Request {
  const [namespace = '', name = ''] = key.split('/')
  return request({ ...shape, namespace, name, has })
}
