import type { V1EndpointSlice, V1Service } from '@kubernetes/client-node'
import { expect } from 'chai'
import { array, assert, asyncProperty, constantFrom, oneof, record, subarray } from 'fast-check'
import { Registry } from 'prom-client'
import { parseConfig } from '../config/parse.ts'
import type { Config } from '../config/snapshot.ts'
import { ObjectStore } from '../kube/store.ts'
import { silentLog } from '../kube/testing/silent-log.ts'
import { VirtualClock } from '../kube/testing/virtual-clock.ts'
import { type Address, formatAddress, parseAddress } from '../net/address.ts'
import { Announcer } from './announcer.ts'
import type { Role } from './layer2/book.ts'
import { Layer2Protocol } from './layer2-protocol.ts'
import { createSpeakerMetrics } from './metrics.ts'
import { createObserver } from './observer.ts'
import type { Company } from './ownership/company.ts'
import type { Ability, Outlook, OwnAbility } from './ownership/duty.ts'
import { Ownership } from './ownership/ownership.ts'
import { defaultPace } from './ownership/pace.ts'

const key = 'web/a'
const addresses = ['192.0.2.1', '2001:db8::1'] as const
const [ownMac, otherMac] = ['02:00:00:00:00:01', '02:00:00:00:00:02']

type Step =
  | { what: 'election'; order: readonly string[] }
  | { what: 'own'; own: OwnAbility; isFenced: boolean }
  | { what: 'other'; ability: Ability }
  | { what: 'claim'; ip: string; kind: 'announcement' | 'reply'; mac: string }
  | { what: 'time'; millis: number }
  | { what: 'service'; isThere: boolean }

const steps = oneof(
  record({ what: constantFrom('election' as const), order: subarray(['n1', 'n2', 'n3']) }),
  record({ what: constantFrom('election' as const), order: constantFrom(['n1', 'n2'], ['n2', 'n1']) }),
  record({
    what: constantFrom('own' as const),
    own: constantFrom<OwnAbility[]>('serves', 'serves', 'reserve', 'leaves', 'silent'),
    isFenced: constantFrom(false, true),
  }),
  record({
    what: constantFrom('other' as const),
    ability: constantFrom<Ability[]>('serves', 'reserve', 'checking', 'kept', 'gone'),
  }),
  record({
    what: constantFrom('claim' as const),
    ip: constantFrom(...addresses),
    kind: constantFrom('announcement' as const, 'reply' as const),
    mac: constantFrom(ownMac, otherMac, '02:00:00:00:00:99'),
  }),
  record({ what: constantFrom('time' as const), millis: constantFrom(0, 50, 200, 1_000, 40_000) }),
  record({ what: constantFrom('service' as const), isThere: constantFrom(true, true, false) }),
)

/** One Service with two addresses on node n1: election and company as the test says, all else as in the speaker. */
class Node implements Company {
  readonly dueMillis = Number.POSITIVE_INFINITY
  readonly #clock = new VirtualClock()
  readonly #registry = new Registry()
  readonly #services = new ObjectStore<V1Service>()
  readonly #roles = new Map<string, Role>()
  readonly #ownership: Ownership
  readonly #announcer: Announcer
  #order: readonly string[] = ['n1', 'n2']
  #ability: Ability = 'serves'
  outlook: Outlook = this.#newOutlook('serves', false)

  constructor() {
    const metrics = createSpeakerMetrics(this.#registry, {
      layer2: () => new Map(),
      memberList: () => undefined,
      settled: () => this.#announcer.settled(),
    })
    const events = { emit: () => undefined, flush: async () => undefined, stop: async () => undefined }
    const layer2 = {
      ...{ hold() {}, announceAgain() {}, probe() {}, hasInterface: () => true },
      release: () => this.#roles.clear(),
      answer: (address: Address, as: Role) => void this.#roles.set(formatAddress(address), as),
    }
    this.#ownership = new Ownership({
      ...{ clock: this.#clock, company: this, layer2, pace: defaultPace },
      outranks: () => this.#order.indexOf('n2') < this.#order.indexOf('n1'),
      onRole: (services) => this.#announcer.reconsiderSoon(services),
      onConflict() {},
    })
    const protocol = new Layer2Protocol({
      ...{ node: 'n1', ownership: this.#ownership, layer2, onChange() {}, onNoInterface() {} },
      placement: {
        forget() {},
        elect: () => ({
          order: this.#order,
          answer: (node) =>
            this.#order[0] === node
              ? { announces: true, interfaces: 'all' }
              : { announces: false, reason: 'outranked' },
          interfaces: () => 'all',
        }),
      },
    })
    this.#announcer = new Announcer({
      services: this.#services,
      endpointSlices: new ObjectStore<V1EndpointSlice>({ indexes: { service: () => [] } }),
      config: () => config,
      handles: () => true,
      protocols: [protocol],
      observer: createObserver({ node: 'n1', log: silentLog, metrics, events }, () => undefined),
    })
  }

  async take(step: Step): Promise<void> {
    if (step.what === 'election') this.#order = step.order
    if (step.what === 'own') this.outlook = this.#newOutlook(step.own, step.isFenced)
    if (step.what === 'other') {
      this.#ability = step.ability
      this.outlook = this.#newOutlook(this.outlook.own, this.outlook.isFenced)
    }
    if (step.what === 'claim') {
      const { ip, kind, mac } = step
      this.#ownership.heard({ address: parseAddress(ip), kind, mac, sender: mac, interface: 'eth0' })
    }
    if (step.what === 'time') await this.#clock.advance(step.millis)
    if (step.what === 'service') step.isThere ? this.#services.apply(service) : this.#services.remove(key)
    if (step.what === 'election' || step.what === 'service') this.#announcer.reconsider(key)
    this.#ownership.conform()
  }

  async shown(): Promise<string[]> {
    const lines = (await this.#registry.metrics()).split('\n')
    return lines.flatMap((line) => /^metallb_speaker_announced\{.*ip="(.*)"/.exec(line)?.[1] ?? [])
  }

  answeredAsOwn(): string[] {
    return [...this.#roles].flatMap(([ip, role]) => (role === 'own' ? [ip] : []))
  }

  stop(): void {
    this.#ownership.stop()
  }

  nodeOf(mac: string): string | undefined {
    return { [ownMac!]: 'n1', [otherMac!]: 'n2' }[mac]
  }

  relationTo() {
    return { isHeard: this.#ability === 'serves', isOut: false, isAside: false }
  }

  macOf(): Uint8Array {
    return new Uint8Array(6)
  }

  heard(): boolean {
    return false
  }

  due(): void {}
  need(): void {}
  heardHolder(): void {}
  conformed(): void {}

  #newOutlook(own: OwnAbility, isFenced: boolean): Outlook {
    return { self: 'n1', own, isFenced, abilityOf: (node) => (node === 'n2' ? this.#ability : 'gone') }
  }
}

const config = configOf()

function configOf(): Config {
  const spec = { addresses: ['192.0.2.0/24', '2001:db8::/64'] }
  const result = parseConfig({ pools: [{ metadata: { name: 'lan' }, spec }] })
  if (!result.ok) throw new Error(JSON.stringify(result.errors))
  return result.config
}

const service: V1Service = {
  metadata: { namespace: 'web', name: 'a' },
  spec: { type: 'LoadBalancer' },
  status: { loadBalancer: { ingress: addresses.map((ip) => ({ ip })) } },
}

describe('metallb_speaker_announced and ownership', () => {
  let node: Node
  beforeEach(async () => {
    node = new Node()
    await node.take({ what: 'service', isThere: true })
  })
  afterEach(() => node.stop())

  it('shows the addresses that this node has', async () => expect(await node.shown()).to.deep.equal([...addresses]))

  for (const [what, ...history] of [
    ['leaves', { what: 'own', own: 'leaves', isFenced: false }],
    ['hears nothing any more', { what: 'own', own: 'silent', isFenced: false }],
    ['has lost the election', { what: 'election', order: ['n2', 'n1'] }],
    ['has lost a duel', { what: 'election', order: ['n2', 'n1'] }, claimed('announcement')],
  ] as [string, ...Step[]][]) {
    it(`shows nothing of a node that ${what}`, async () => {
      for (const step of history) await node.take(step)
      expect(await node.shown()).to.deep.equal([])
    })
  }

  it('shows nothing of a node that only stands in, and shows it once the addresses are its own', async () => {
    await node.take({ what: 'election', order: ['n2', 'n1'] })
    await node.take(claimed('announcement'))
    await node.take({ what: 'other', ability: 'kept' })
    expect(await node.shown()).to.deep.equal([])
    await node.take({ what: 'other', ability: 'gone' })
    expect(await node.shown()).to.deep.equal([...addresses])
  })

  it('shows nothing of a node that still asks whether somebody else has the addresses', async () => {
    await node.take({ what: 'service', isThere: false })
    await node.take({ what: 'own', own: 'serves', isFenced: true })
    await node.take({ what: 'service', isThere: true })
    expect(await node.shown()).to.deep.equal([])
    await node.take({ what: 'time', millis: 1_000 })
    expect(await node.shown()).to.deep.equal([...addresses])
  })

  it('never shows an address that this node does not answer for as its own, whatever happens', () =>
    assert(
      asyncProperty(array(steps, { minLength: 1, maxLength: 40 }), async (history) => {
        const any = new Node()
        await any.take({ what: 'service', isThere: true })
        for (const step of history) {
          await any.take(step as Step)
          const shown = await any.shown()
          expect(any.answeredAsOwn(), JSON.stringify(step)).to.include.members(shown)
        }
        any.stop()
      }),
      { numRuns: 300 },
    ))
})

function claimed(kind: 'announcement' | 'reply'): Step {
  return { what: 'claim', ip: addresses[0], kind, mac: otherMac! }
}
