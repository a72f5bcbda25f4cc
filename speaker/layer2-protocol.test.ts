import { expect } from 'chai'
import type { NodeFacts } from '../announcement/node.ts'
import { Placement } from '../announcement/placement.ts'
import { allServing } from '../announcement/standing.ts'
import type { Layer2Advertisement } from '../config/snapshot.ts'
import { emptyPool } from '../config/testing/empty-pool.ts'
import { formatAddress, parseAddress } from '../net/address.ts'
import { Layer2Protocol } from './layer2-protocol.ts'
import type { Candidate } from './protocol.ts'

const healthy: NodeFacts = { ready: true, networkUnavailable: false, excluded: false }

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
  let protocol: Layer2Protocol

  beforeEach(() => {
    notes = []
    alive = new Set(['n1'])
    interfaces = new Set(['eth0'])
    protocol = new Layer2Protocol({
      node: 'n1',
      placement: new Placement({
        nodes: new Map([
          ['n1', healthy],
          ['n2', healthy],
        ]),
        standings: () => allServing(alive),
        ignoreExcludeLabel: false,
      }),
      layer2: {
        announce: (service, address, on) => notes.push(`announce ${service} ${formatAddress(address)} ${on}`),
        withdraw: (service) => notes.push(`withdraw ${service}`),
        hasInterface: (name) => interfaces.has(name),
      },
      onChange: (key) => notes.push(`changed ${key}`),
      onNoInterface: (_, addresses, names) => notes.push(`no interface ${names} for ${addresses}`),
    })
  })
  const take = () => notes.splice(0)

  it('announces every address of a Service that this node wins', () => {
    expect(protocol.reconcile(candidate())).to.deep.equal({ announces: true })
    expect(take()).to.deep.equal(['announce web/a 192.0.2.1 all', 'announce web/a 2001:db8::1 all', 'changed web/a'])
    expect(protocol.interfacesOf('web/a')).to.equal('all')
  })

  it('is quiet when nothing has changed', () => {
    protocol.reconcile(candidate())
    take()
    protocol.reconcile(candidate())
    expect(take()).to.deep.equal([])
  })

  it('announces anew when the interfaces change', () => {
    protocol.reconcile(candidate())
    take()
    protocol.reconcile(candidate(['eth0']))
    expect(take()).to.include('announce web/a 192.0.2.1 eth0').and.include('changed web/a')
    expect(protocol.interfacesOf('web/a')).to.deep.equal(['eth0'])
  })

  it('withdraws what another node wins, and says why', () => {
    protocol.reconcile(candidate())
    take()
    alive = new Set(['n2'])
    expect(protocol.reconcile(candidate())).to.include({ announces: false, reason: 'notOwner' })
    expect(take()).to.deep.equal(['withdraw web/a', 'changed web/a'])
    expect(protocol.interfacesOf('web/a')).to.equal(undefined)
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
    expect(take()).to.include('announce web/a 192.0.2.1 bond9')
    expect(protocol.unanswered()).to.deep.equal([])
  })

  it('announces nothing while its own node is unknown', () => {
    protocol = new Layer2Protocol({
      node: 'n9',
      placement: new Placement({ nodes: new Map(), standings: () => allServing(alive), ignoreExcludeLabel: false }),
      layer2: { announce() {}, withdraw() {}, hasInterface: () => true },
      onChange() {},
      onNoInterface() {},
    })
    expect(protocol.reconcile(candidate())).to.include({ announces: false })
  })
})
