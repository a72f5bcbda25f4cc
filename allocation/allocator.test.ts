import { isDeepStrictEqual } from 'node:util'
import { expect } from 'chai'
import fc from 'fast-check'
import { type Address, type Family, formatAddress, parseAddress } from '../net/address.ts'
import { Allocator } from './allocator.ts'
import type { User } from './holders.ts'
import type { PoolSpace } from './pool-space.ts'
import type { Request } from './request.ts'
import { dualStack, holdingOf, pools, request, type ServiceText } from './testing/requests.ts'

const shares = (key: string) => ({ annotations: { 'metallb.io/allow-shared-ip': key } })
const onPort = (port: number, spec: object = {}) => ({ spec: { ...spec, ports: [{ port }] } })
const prefersDual = { ...dualStack, ipFamilyPolicy: 'PreferDualStack' }
const requiresDual = { ...dualStack, ipFamilyPolicy: 'RequireDualStack' }

describe('Allocator', () => {
  let allocator: Allocator
  const decide = (text: ServiceText) => allocator.decide(request(text))
  const holding = (name: string) => holdingOf(allocator, `default/${name}`)

  beforeEach(() => {
    allocator = new Allocator()
  })

  describe('gives up an address', () => {
    beforeEach(() => {
      allocator.setPools(pools({ blue: ['192.0.2.0/32'] }))
      decide({ name: 'a' })
    })

    it('for others only once the API server has been told', () => {
      decide({ name: 'a', spec: { type: 'ClusterIP' }, has: ['192.0.2.0'] })
      expect(decide({ name: 'b' }).refusal?.reason).to.equal('PoolExhausted')
      expect(allocator.settle('default/a')).to.deep.equal(['default/b'])
      decide({ name: 'b' })
      expect(holding('b')).to.equal('blue 192.0.2.0')
    })

    it('and tells both what it has and what it gave up', () => {
      expect(allocator.holdersOf(parseAddress('192.0.2.0'))).to.deep.equal(['default/a'])
      decide({ name: 'a', spec: { type: 'ClusterIP' }, has: ['192.0.2.0'] })
      expect(allocator.addressesOf('default/a')).to.deep.equal([parseAddress('192.0.2.0')])
      allocator.settle('default/a')
      expect(allocator.addressesOf('default/a')).to.deep.equal([])
      expect(allocator.holdersOf(parseAddress('192.0.2.0'))).to.deep.equal([])
      expect(allocator.holdersOf(parseAddress('198.51.100.1'))).to.deep.equal([])
    })

    it('at once when the Service is gone', () => {
      decide({ name: 'b' })
      expect(allocator.forget('default/a')).to.deep.equal(['default/b'])
    })

    it('and may have it back before', () => {
      decide({ name: 'a', spec: { type: 'ClusterIP' }, has: ['192.0.2.0'] })
      decide({ name: 'a', has: ['192.0.2.0'] })
      expect(holding('a')).to.equal('blue 192.0.2.0')
      expect(allocator.settle('default/a')).to.deep.equal([])
    })

    it('also when its pool goes and comes back meanwhile', () => {
      allocator.setPools([])
      allocator.setPools(pools({ blue: ['192.0.2.0/32'] }))
      expect(decide({ name: 'b' }).refusal?.reason).to.equal('PoolExhausted')
      expect(allocator.settle('default/a')).to.deep.equal(['default/b'])
    })
  })

  describe('wakes', () => {
    it('one Service for each address that becomes free, first come first served', () => {
      allocator.setPools(pools({ blue: ['192.0.2.0/31'] }))
      for (const name of ['a', 'b', 'c', 'd', 'e']) decide({ name })
      expect(allocator.forget('default/a')).to.deep.equal(['default/c'])
      expect(allocator.forget('default/b')).to.deep.equal(['default/d'])
    })

    it('the next one when the first has no use for the address any more', () => {
      allocator.setPools(pools({ blue: ['192.0.2.0/32'] }))
      for (const name of ['a', 'b', 'c']) decide({ name })
      expect(allocator.forget('default/a')).to.deep.equal(['default/b'])
      expect(decide({ name: 'b', spec: { type: 'ClusterIP' } }).wake).to.deep.equal(['default/c'])
    })

    it('the next one when the first still lacks the other family', () => {
      allocator.setPools(pools({ dual: ['192.0.2.0/32', '2001:db8::/128'] }))
      decide({ name: 'four' })
      decide({ name: 'six', spec: { clusterIPs: ['fd00:96::1'] } })
      decide({ name: 'both', spec: requiresDual })
      decide({ name: 'last' })
      expect(allocator.forget('default/four')).to.deep.equal(['default/both'])
      expect(decide({ name: 'both', spec: requiresDual }).wake).to.deep.equal(['default/last'])
    })

    it('whoever waits for that very address', () => {
      allocator.setPools(pools({ blue: ['192.0.2.0/30'] }))
      decide({ name: 'a' })
      decide({ name: 'b' })
      decide({ name: 'c', spec: { loadBalancerIP: '192.0.2.0' } })
      expect(allocator.forget('default/b')).to.deep.equal([])
      expect(allocator.forget('default/a')).to.deep.equal(['default/c'])
    })

    it('whoever can share now', () => {
      allocator.setPools(pools({ blue: ['192.0.2.0/32'] }))
      decide({ name: 'a', ...onPort(80) })
      decide({ name: 'b', ...shares('k'), ...onPort(443) })
      const { wake } = decide({ name: 'a', ...shares('k'), ...onPort(80), has: ['192.0.2.0'] })
      expect(wake).to.deep.equal(['default/b'])
      decide({ name: 'b', ...shares('k'), ...onPort(443) })
      expect(holding('b')).to.equal('blue 192.0.2.0')
    })

    it('whoever waits for a port of a shared address', () => {
      allocator.setPools(pools({ blue: ['192.0.2.0/32'] }))
      decide({ name: 'a', ...shares('k'), ...onPort(80) })
      decide({ name: 'b', ...shares('k'), ...onPort(443) })
      decide({ name: 'c', ...shares('k'), ...onPort(80) })
      expect(allocator.forget('default/a')).to.deep.equal(['default/c'])
    })

    it('a Service that would like a second address', () => {
      allocator.setPools(pools({ dual: ['192.0.2.0/31', '2001:db8::/128'] }))
      decide({ name: 'six', spec: { clusterIPs: ['fd00:96::1'] } })
      decide({ name: 'both', spec: prefersDual })
      expect(allocator.forget('default/six')).to.deep.equal(['default/both'])
    })
  })

  describe('puts other pools in force', () => {
    it('and looks only at those that wait, where nobody has to leave', () => {
      const green = ['198.51.100.0/32']
      allocator.setPools(pools({ blue: ['192.0.2.0/32'], green }))
      for (const name of ['in-blue', 'in-green', 'waiting']) decide({ name })
      const touched = allocator.setPools(pools({ blue: ['192.0.2.0/31'], green }))
      expect([...touched]).to.deep.equal(['default/waiting'])
    })

    it('and touches nobody when they are the same', () => {
      allocator.setPools(pools({ blue: ['192.0.2.0/30'] }))
      decide({ name: 'a' })
      expect([...allocator.setPools(pools({ blue: ['192.0.2.0/30'] }))]).to.deep.equal([])
    })

    it('and allocations follow their addresses', () => {
      allocator.setPools(pools({ blue: ['192.0.2.0/30'] }))
      decide({ name: 'a', spec: { loadBalancerIP: '192.0.2.3' } })
      allocator.setPools(pools({ low: ['192.0.2.0/31'], high: ['192.0.2.2/31'] }))
      expect(holding('a')).to.equal('high 192.0.2.3')
    })

    it('and counts what became of each', () => {
      allocator.setPools(pools({ blue: ['192.0.2.0/30'], green: ['198.51.100.0/30'] }))
      decide({ name: 'a' })
      expect([...allocator.takeRecounted()]).to.have.members(['blue', 'green'])
      allocator.setPools(pools({ blue: ['192.0.2.0/29'], green: ['198.51.100.0/30'] }))
      expect([...allocator.takeRecounted()]).to.deep.equal(['blue'])
      expect(allocator.pool('blue')?.counters()).to.deep.equal({
        assignedIPv4: 1,
        assignedIPv6: 0,
        availableIPv4: 7n,
        availableIPv6: 0n,
      })
    })
  })

  it('adopts also what a pass will take away, so that nobody gets it before', () => {
    allocator.setPools(pools({ blue: ['192.0.2.0/32'] }))
    allocator.adopt(request({ name: 'a', spec: { type: 'ClusterIP' }, has: ['192.0.2.0'] }))
    expect(decide({ name: 'b' }).refusal?.reason).to.equal('PoolExhausted')
    decide({ name: 'a', spec: { type: 'ClusterIP' }, has: ['192.0.2.0'] })
    expect(allocator.settle('default/a')).to.deep.equal(['default/b'])
  })

  it('reserves what two statuses name for the one that has to go, when the other goes first', () => {
    allocator.setPools(pools({ blue: ['192.0.2.0/32'] }))
    allocator.adopt(request({ name: 'a', has: ['192.0.2.0'] }))
    allocator.adopt(request({ name: 'b', has: ['192.0.2.0'] }))
    expect(allocator.forget('default/a')).to.deep.equal([])
    expect(decide({ name: 'c' }).refusal?.reason).to.equal('PoolExhausted')
    decide({ name: 'b', has: ['192.0.2.0'] })
    expect(holding('b')).to.equal('blue 192.0.2.0')
  })

  it('keeps its promises whatever happens in whatever order', function () {
    this.timeout(60_000)
    fc.assert(
      fc.property(fc.array(commands, { minLength: 1, maxLength: 60 }), (list) => {
        const world = new World()
        for (const command of list) world.run(command)
        world.drain()
        world.checkNobodyWaitsInVain()
      }),
      { numRuns: 400 },
    )
  })
})

const layouts = [
  { blue: ['192.0.2.0/30'] },
  { blue: ['192.0.2.2/31', '192.0.2.0/32'], green: { addresses: ['192.0.2.1/32'], autoAssign: false } },
  { dual: ['192.0.2.0/31', '2001:db8::/127'] },
  { four: ['192.0.2.0/30'], six: { addresses: ['2001:db8::/126'], serviceAllocation: { namespaces: ['default'] } } },
  { buggy: { addresses: ['192.0.2.0/30', '2001:db8::/128'], avoidBuggyIPs: true } },
  {},
].map((specs) => pools(specs))

const shapes: readonly Omit<ServiceText, 'name'>[] = [
  {},
  onPort(443),
  { ...shares('k'), ...onPort(80) },
  { ...shares('k'), ...onPort(443) },
  { ...shares('other'), ...onPort(443) },
  { spec: requiresDual },
  { spec: prefersDual },
  { ...shares('k'), ...onPort(53, prefersDual) },
  { spec: { clusterIPs: ['fd00:96::1'] } },
  { spec: { loadBalancerIP: '192.0.2.1' } },
  { annotations: { 'metallb.io/address-pool': 'green' } },
  { spec: { type: 'ClusterIP' } },
]

type Command =
  | { kind: 'apply'; name: string; shape: number }
  | { kind: 'delete'; name: string }
  | { kind: 'pools'; layout: number }
  | { kind: 'work'; fails: boolean }
  | { kind: 'restart' }

const names = ['a', 'b', 'c', 'd', 'e', 'f']
const commands: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('apply' as const),
      name: fc.constantFrom(...names),
      shape: fc.nat(shapes.length - 1),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), name: fc.constantFrom(...names) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('pools' as const), layout: fc.nat(layouts.length - 1) }) },
  { weight: 10, arbitrary: fc.record({ kind: fc.constant('work' as const), fails: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
)

type Terms = Pick<Request, 'sharing' | 'ports'>

interface Stored {
  text: ServiceText
  /** On which the addresses in the status were last confirmed; after a restart also those of today. */
  terms: readonly Terms[]
}

function agree(a: Terms, b: Terms): boolean {
  return a.sharing !== undefined && a.sharing === b.sharing && !a.ports.some((port) => b.ports.includes(port))
}

/** The API server's view of Services, the allocator, and a queue between them, as the controller has it. */
class World {
  #allocator = new Allocator()
  #pools = layouts[0]!
  readonly #stored = new Map<string, Stored>()
  readonly #queue = new Set<string>()

  constructor() {
    this.#allocator.setPools(this.#pools)
  }

  run(command: Command): void {
    switch (command.kind) {
      case 'apply':
        this.#apply(command.name, shapes[command.shape]!)
        break
      case 'delete':
        if (this.#stored.delete(command.name)) this.#enqueue([keyOf(command.name)])
        break
      case 'pools':
        this.#pools = layouts[command.layout]!
        this.#enqueue(this.#allocator.setPools(this.#pools))
        break
      case 'work':
        this.#work(command.fails)
        break
      case 'restart':
        this.#restart()
    }
    this.#checkCounters()
  }

  drain(): void {
    for (let passes = 0; this.#queue.size > 0; passes++) {
      expect(passes, 'passes until there is nothing to do').to.be.lessThan(1000)
      this.run({ kind: 'work', fails: false })
    }
  }

  /** Looking at a Service that is not in the queue finds nothing to do. */
  checkNobodyWaitsInVain(): void {
    for (const [name, { text }] of this.#stored) {
      const before = holdingOf(this.#allocator, keyOf(name))
      this.#allocator.decide(request(text))
      expect(holdingOf(this.#allocator, keyOf(name)), `${name} is as its last pass left it`).to.equal(before)
    }
  }

  #apply(name: string, shape: Omit<ServiceText, 'name'>): void {
    const { text, terms = [] } = this.#stored.get(name) ?? {}
    this.#stored.set(name, { text: { ...shape, name, has: text?.has ?? [] }, terms })
    this.#enqueue([keyOf(name)])
  }

  #work(fails: boolean): void {
    const [key] = this.#queue
    if (key === undefined) return
    this.#queue.delete(key)
    const name = key.slice(key.indexOf('/') + 1)
    const stored = this.#stored.get(name)
    if (stored === undefined) this.#enqueue(this.#allocator.forget(key))
    else this.#pass(key, stored, fails)
  }

  #pass(key: string, stored: Stored, fails: boolean): void {
    const wanted = request(stored.text)
    const { status, wake } = this.#allocator.decide(wanted)
    this.#enqueue(wake)
    if (status === 'leave') return
    const told = stored.text.has ?? []
    const has = status.addresses.map(formatAddress)
    const added = has.filter((address) => !told.includes(address))
    this.#checkNew(stored.text.name!, added, wanted)
    const isWritten = !fails || isDeepStrictEqual(has, told)
    if (isWritten || told.every((address) => has.includes(address))) stored.terms = [wanted]
    if (isWritten) stored.text = { ...stored.text, has }
    this.#enqueue(isWritten ? this.#allocator.settle(key) : [key])
  }

  #restart(): void {
    this.#allocator = new Allocator()
    this.#allocator.setPools(this.#pools)
    for (const stored of this.#stored.values()) {
      const today = request(stored.text)
      stored.terms = [...stored.terms, today]
      this.#allocator.adopt(today)
    }
    this.#enqueue([...this.#stored.keys()].map(keyOf))
  }

  #enqueue(keys: Iterable<string>): void {
    for (const key of keys) this.#queue.add(key)
  }

  /** Whoever else is named with an address that a Service gets agreed to share it, and has no port in common. */
  #checkNew(name: string, addresses: readonly string[], wanted: Request): void {
    for (const [other, { text, terms }] of this.#stored) {
      const common = addresses.filter((address) => text.has?.includes(address))
      if (other === name || common.length === 0) continue
      const isAgreed = terms.some((theirs) => agree(wanted, theirs))
      expect(isAgreed, `${name} may have ${common} beside ${other}`).to.equal(true)
    }
  }

  /** Free and held are all that there is, and what a status names is held. */
  #checkCounters(): void {
    const named = new Set([...this.#stored.values()].flatMap(({ text }) => text.has ?? []))
    for (const space of this.#allocator.pools) {
      const { assignedIPv4, assignedIPv6, availableIPv4, availableIPv6 } = space.counters()
      expect(availableIPv4 + BigInt(assignedIPv4)).to.equal(space.capacity().ipv4)
      expect(availableIPv6 + BigInt(assignedIPv6)).to.equal(space.capacity().ipv6)
      const namedHere = [...named].filter((address) => space.contains(parseAddress(address)))
      expect(assignedIPv4 + assignedIPv6, `assigned from ${space.pool.name}`).to.be.at.least(namedHere.length)
      expect(freeIn(space, 4), `free IPv4 addresses of ${space.pool.name}`).to.equal(availableIPv4)
      expect(freeIn(space, 6), `free IPv6 addresses of ${space.pool.name}`).to.equal(availableIPv6)
    }
  }
}

/** Counted by taking them all, and giving them back. */
function freeIn(space: PoolSpace, family: Family): bigint {
  const taker: User = { service: 'test/taker', sharing: undefined, ports: [] }
  const taken: Address[] = []
  for (let next = space.family(family).firstFor(taker); next; next = space.family(family).firstFor(taker)) {
    space.family(family).hold(next, taker)
    taken.push(next)
  }
  for (const address of taken) space.family(family).release(address, taker.service)
  return BigInt(taken.length)
}

function keyOf(name: string): string {
  return `default/${name}`
}
