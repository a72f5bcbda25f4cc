import { expect } from 'chai'
import type { NodeFacts } from '../announcement/node.ts'
import { Placement } from '../announcement/placement.ts'
import { allServing } from '../announcement/standing.ts'
import type { Layer2Advertisement } from '../config/snapshot.ts'
import { emptyPool } from '../config/testing/empty-pool.ts'
import { VirtualClock } from '../kube/testing/virtual-clock.ts'
import { type Address, formatAddress, parseAddress } from '../net/address.ts'
import type { Interfaces, Role } from './layer2/book.ts'
import { Layer2Protocol } from './layer2-protocol.ts'
import { ApiCompany } from './ownership/api-company.ts'
import { Ownership } from './ownership/ownership.ts'
import { defaultPace } from './ownership/pace.ts'
import type { Candidate } from './protocol.ts'

const healthy: NodeFacts = { ready: true, networkUnavailable: false, excluded: false }

/** The hash gives it to n2. */
const lostAddress = '192.0.2.3'

const candidate = (interfaces: string[] = [], changes: Partial<Candidate> = {}): Candidate => {
  const advertisement: Layer2Advertisement = {
    name: 'all',
    nodes: new Set(['n1', 'n2']),
    interfaces,
    serviceSelectors: [],
    preferredNodes: new Map(),
    placement: undefined,
  }
  return {
    key: 'web/a',
    service: { metadata: { namespace: 'web', name: 'a' } },
    addresses: [parseAddress('192.0.2.1'), parseAddress('2001:db8::1')],
    pool: { ...emptyPool, layer2: [advertisement] },
    endpoints: { any: true, nodes: new Set() },
    ...changes,
  }
}

describe('Layer2Protocol', () => {
  let notes: string[]
  let alive: Set<string>
  let interfaces: Set<string>
  let clock: VirtualClock
  let company: ApiCompany
  let ownership: Ownership
  let protocol: Layer2Protocol

  beforeEach(() => {
    notes = []
    clock = new VirtualClock()
    interfaces = new Set(['eth0'])
    const layer2 = {
      hold: (service: string, address: Address, on: Interfaces) =>
        notes.push(`hold ${service} ${formatAddress(address)} ${on}`),
      release: (service: string) => notes.push(`release ${service}`),
      answer: (address: Address, as: Role) => notes.push(`answer ${formatAddress(address)} ${as}`),
      ...{ announceAgain() {}, probe() {}, hasInterface: (name: string) => interfaces.has(name) },
    }
    company = new ApiCompany('n1')
    setAlive('n1')
    ownership = new Ownership({
      ...{ clock, company, layer2, pace: defaultPace },
      outranks: () => false,
      onRole: (services) => notes.push(`role ${services}`),
      onConflict() {},
    })
    protocol = new Layer2Protocol({
      ...{ node: 'n1', ownership, layer2 },
      placement: new Placement({
        nodes: new Map([
          ['n1', healthy],
          ['n2', healthy],
        ]),
        standings: () => allServing(alive),
        ignoreExcludeLabel: false,
      }),
      onChange: (key) => notes.push(`changed ${key}`),
      onNoInterface: (_, addresses, names) => notes.push(`no interface ${names} for ${addresses}`),
    })
  })
  const take = () => notes.splice(0)
  function setAlive(...names: string[]): void {
    alive = new Set(names)
    company.setAlive(alive)
    ownership?.conform()
  }

  it('announces every address of a Service that this node wins', () => {
    expect(protocol.reconcile(candidate())).to.deep.equal({ announces: true })
    expect(take()).to.deep.equal([
      'hold web/a 192.0.2.1 all',
      'hold web/a 2001:db8::1 all',
      'answer 192.0.2.1 own',
      'answer 2001:db8::1 own',
      'changed web/a',
    ])
    expect(protocol.interfacesOf('web/a')).to.equal('all')
  })

  it('is quiet when nothing has changed', () => {
    protocol.reconcile(candidate())
    take()
    protocol.reconcile(candidate())
    expect(take()).to.deep.equal([])
  })

  it('tells of other interfaces', () => {
    protocol.reconcile(candidate())
    take()
    protocol.reconcile(candidate(['eth0']))
    expect(take()).to.include('hold web/a 192.0.2.1 eth0').and.include('changed web/a')
    expect(protocol.interfacesOf('web/a')).to.deep.equal(['eth0'])
  })

  it('has the addresses of others ready, silent', () => {
    setAlive('n1', 'n2')
    const lost = candidate([], { addresses: [parseAddress(lostAddress)] })
    expect(protocol.reconcile(lost)).to.include({ announces: false, reason: 'notOwner' })
    expect(take()).to.deep.equal([`hold web/a ${lostAddress} all`])
    expect(protocol.interfacesOf('web/a')).to.equal(undefined)
  })

  it('is not the announcing node any more, but goes on answering, until the new one announces', async () => {
    protocol.reconcile(candidate())
    take()
    setAlive('n2')
    expect(take()).to.deep.equal(['role web/a', 'role web/a'])
    expect(protocol.reconcile(candidate())).to.include({ announces: false, reason: 'notOwner' })
    expect(take()).to.deep.equal(['changed web/a'])
    expect(protocol.interfacesOf('web/a')).to.equal(undefined)
    await clock.advance(500)
    expect(take()).to.deep.equal(['answer 192.0.2.1 nobody', 'answer 2001:db8::1 nobody'])
    protocol.reconcile(candidate())
    expect(take()).to.deep.equal(['release web/a'])
  })

  it('is silent at once when nobody can take the traffic', () => {
    protocol.reconcile(candidate())
    take()
    protocol.reconcile(candidate([], { endpoints: { any: false, nodes: new Set() } }))
    expect(take()).to.deep.equal([
      'answer 192.0.2.1 nobody',
      'answer 2001:db8::1 nobody',
      'release web/a',
      'changed web/a',
    ])
  })

  it('has nothing to withdraw that it did not announce', () => {
    protocol.withdraw('web/a')
    expect(take()).to.deep.equal([])
  })

  it('owns, but does not answer, while none of the listed interfaces is here', () => {
    expect(protocol.reconcile(candidate(['bond9']))).to.deep.equal({ announces: true })
    expect(take()).to.include('no interface bond9 for 192.0.2.1,2001:db8::1')
    expect(protocol.interfacesOf('web/a')).to.equal(undefined)
    expect(protocol.unanswered()).to.deep.equal(['web/a'])
  })

  it('announces once a listed interface has come', () => {
    protocol.reconcile(candidate(['bond9']))
    interfaces.add('bond9')
    take()
    protocol.reconcile(candidate(['bond9']))
    expect(take()).to.include('hold web/a 192.0.2.1 bond9').and.include('answer 192.0.2.1 own')
    expect(protocol.unanswered()).to.deep.equal([])
  })

  it('announces nothing while its own node is unknown', () => {
    protocol = new Layer2Protocol({
      node: 'n9',
      placement: new Placement({ nodes: new Map(), standings: () => allServing(alive), ignoreExcludeLabel: false }),
      ...{ ownership, layer2: { hasInterface: () => true } },
      ...{ onChange() {}, onNoInterface() {} },
    })
    expect(protocol.reconcile(candidate())).to.include({ announces: false })
  })
})
