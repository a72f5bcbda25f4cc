import type { V1Service } from '@kubernetes/client-node'
import { expect } from 'chai'
import { parseSelectors } from '../config/selector.ts'
import type { Layer2Advertisement, Pool } from '../config/snapshot.ts'
import { emptyPool } from '../config/testing/empty-pool.ts'
import { type Address, parseAddress } from '../net/address.ts'
import type { NodeFacts } from './node.ts'
import { type Layer2Election, type Placeable, Placement } from './placement.ts'
import { allServing, type Standing, type Standings } from './standing.ts'

// Hash order for 192.0.2.10: charlie, bravo, alpha.
const names = ['alpha', 'bravo', 'charlie']
const healthy: NodeFacts = { ready: true, networkUnavailable: false, excluded: false }

function advertisement(changes: Partial<Layer2Advertisement> = {}): Layer2Advertisement {
  return {
    name: 'all',
    nodes: new Set(names),
    interfaces: [],
    serviceSelectors: [],
    preferredNodes: new Map(),
    placement: undefined,
    ...changes,
  }
}

function selecting(labels: Record<string, string>): Pick<Layer2Advertisement, 'serviceSelectors'> {
  return { serviceSelectors: parseSelectors([{ matchLabels: labels }], 'spec.serviceSelectors', () => undefined) }
}

function pool(...layer2: Layer2Advertisement[]): Pool {
  return { ...emptyPool, layer2 }
}

function nodes(changes: Record<string, Partial<NodeFacts>> = {}): Map<string, NodeFacts> {
  return new Map(names.map((name) => [name, { ...healthy, ...changes[name] }]))
}

interface Situation extends Placeable {
  readonly nodes: ReadonlyMap<string, NodeFacts>
  readonly standings: Standings
  readonly ignoreExcludeLabel: boolean
}

function elect({ nodes, standings, ignoreExcludeLabel, ...placeable }: Situation): Layer2Election {
  return new Placement({ nodes, ignoreExcludeLabel, standings: () => standings }).elect('web/a', placeable)
}

function standings(changes: Record<string, Standing>): Map<string, Standing> {
  return new Map([...allServing(names), ...Object.entries(changes)])
}

function situation(changes: Partial<Situation> = {}): Situation {
  return {
    service: { spec: { type: 'LoadBalancer' } },
    addresses: [parseAddress('192.0.2.10')],
    pool: pool(advertisement()),
    endpoints: { any: true, nodes: new Set(['alpha']) },
    nodes: nodes(),
    standings: allServing(names),
    ignoreExcludeLabel: false,
    ...changes,
  }
}

const local: V1Service = { spec: { type: 'LoadBalancer', externalTrafficPolicy: 'Local' } }
const sharing: V1Service = { metadata: { annotations: { 'metallb.io/allow-shared-ip': '' } } }
const formerlySharing: V1Service = { metadata: { annotations: { 'metallb.universe.tf/allow-shared-ip': 'x' } } }
const labelled: V1Service = { metadata: { labels: { app: 'web' } } }

interface Row {
  sentence: string
  given: Partial<Situation>
  owner: string | undefined
  /** Of the nodes worth a word. */
  reasons?: Record<string, string>
}

const rows: Row[] = [
  {
    sentence: 'elects the node with the smallest hash of all, wherever the endpoints are',
    given: {},
    owner: 'charlie',
    reasons: { alpha: 'outranked', bravo: 'outranked' },
  },
  {
    sentence: '1. elects nobody when no endpoint is usable',
    given: { endpoints: { any: false, nodes: new Set() } },
    owner: undefined,
    reasons: { alpha: 'noUsableEndpoint', charlie: 'noUsableEndpoint' },
  },
  {
    sentence: '2. leaves out advertisements whose service selectors do not match',
    given: { pool: pool(advertisement(selecting({ app: 'web' }))) },
    owner: undefined,
    reasons: { charlie: 'noMatchingAdvertisement' },
  },
  {
    sentence: '2. takes advertisements whose service selectors match',
    given: { service: labelled, pool: pool(advertisement(selecting({ app: 'web' }))) },
    owner: 'charlie',
  },
  {
    sentence: '3. refuses a shared address under service selectors',
    given: {
      service: { metadata: { ...labelled.metadata, ...sharing.metadata } },
      pool: pool(advertisement(selecting({ app: 'web' }))),
    },
    owner: undefined,
    reasons: { charlie: 'sharedIPWithServiceSelector' },
  },
  {
    sentence: '3. knows the annotation by its old name',
    given: {
      service: { metadata: { ...labelled.metadata, ...formerlySharing.metadata } },
      pool: pool(advertisement(selecting({ app: 'web' }))),
    },
    owner: undefined,
    reasons: { charlie: 'sharedIPWithServiceSelector' },
  },
  {
    sentence: '3. does not mind a shared address under service selectors that do not match',
    given: { service: sharing, pool: pool(advertisement(), advertisement(selecting({ app: 'web' }))) },
    owner: 'charlie',
  },
  {
    sentence: '4. leaves out nodes that no advertisement selects',
    given: { pool: pool(advertisement({ nodes: new Set(['alpha']) }), advertisement({ nodes: new Set(['bravo']) })) },
    owner: 'bravo',
    reasons: { alpha: 'outranked', charlie: 'noMatchingAdvertisement' },
  },
  {
    sentence: '5. leaves out nodes that are not alive',
    given: { standings: allServing(['alpha', 'bravo']) },
    owner: 'bravo',
    reasons: { charlie: 'notAlive' },
  },
  {
    sentence: '5. leaves out nodes without a network',
    given: { nodes: nodes({ charlie: { networkUnavailable: true } }) },
    owner: 'bravo',
    reasons: { charlie: 'networkUnavailable' },
  },
  {
    sentence: '5. leaves out nodes with the exclude label',
    given: { nodes: nodes({ charlie: { excluded: true } }) },
    owner: 'bravo',
    reasons: { charlie: 'excludedByLabel' },
  },
  {
    sentence: '5. does not look at the exclude label when told so',
    given: { nodes: nodes({ charlie: { excluded: true } }), ignoreExcludeLabel: true },
    owner: 'charlie',
  },
  {
    sentence: '6. leaves out nodes without an endpoint under the Local policy',
    given: { service: local },
    owner: 'alpha',
    reasons: { bravo: 'noLocalEndpoint', charlie: 'noLocalEndpoint' },
  },
  {
    sentence: '6. elects nobody under the Local policy when the endpoints are where no speaker is',
    given: { service: local, standings: allServing(['bravo', 'charlie']) },
    owner: undefined,
    reasons: { alpha: 'notAlive', bravo: 'noLocalEndpoint' },
  },
  {
    sentence: '7. keeps the owner whose speaker is away for a moment',
    given: { standings: standings({ charlie: 'kept' }) },
    owner: 'charlie',
  },
  {
    sentence: '7. passes over a node in reserve',
    given: { standings: standings({ charlie: 'reserve' }) },
    owner: 'bravo',
    reasons: { charlie: 'inReserve', alpha: 'outranked' },
  },
  {
    sentence: '7. passes over a node in reserve for one whose speaker is away for a moment',
    given: {
      standings: new Map([
        ['charlie', 'reserve'],
        ['alpha', 'kept'],
      ]),
    },
    owner: 'alpha',
    reasons: { charlie: 'inReserve' },
  },
  {
    sentence: '7. takes a node in reserve where there is no other',
    given: { service: local, standings: standings({ alpha: 'reserve' }) },
    owner: 'alpha',
  },
  {
    sentence: '8. adds up the preferences of all advertisements',
    given: {
      pool: pool(
        advertisement({
          preferredNodes: new Map([
            ['alpha', 10],
            ['bravo', 15],
          ]),
        }),
        advertisement({ preferredNodes: new Map([['alpha', 10]]) }),
      ),
    },
    owner: 'alpha',
  },
]

describe('Placement', () => {
  for (const { sentence, given, owner, reasons = {} } of rows) {
    it(sentence, () => {
      const { order, answer } = elect(situation(given))
      expect(order[0]).to.equal(owner)
      expect(names.filter((node) => answer(node).announces)).to.deep.equal(owner === undefined ? [] : [owner])
      for (const [node, reason] of Object.entries(reasons)) {
        expect(answer(node), node).to.deep.equal({ announces: false, reason })
      }
    })
  }

  it('names the successors in order', () => {
    expect(elect(situation()).order).to.deep.equal(['charlie', 'bravo', 'alpha'])
  })

  it('goes by the first address alone', () => {
    const [first, second] = [parseAddress('192.0.2.10'), parseAddress('192.0.2.12')]
    const ownerOf = (...addresses: Address[]) => elect(situation({ addresses })).order[0]
    expect(ownerOf(first, second)).to.equal('charlie')
    expect(ownerOf(second, first)).to.equal('bravo')
  })

  it('announces on the interfaces of all advertisements that select the owner', () => {
    const given = pool(
      advertisement({ interfaces: ['eth1', 'eth0'] }),
      advertisement({ interfaces: ['eth2', 'eth0'] }),
      advertisement({ interfaces: ['eth9'], nodes: new Set(['alpha']) }),
    )
    expect(elect(situation({ pool: given })).answer('charlie')).to.deep.equal({
      announces: true,
      interfaces: ['eth0', 'eth1', 'eth2'],
    })
  })

  it('announces on all interfaces when one of the advertisements lists none', () => {
    const given = pool(advertisement({ interfaces: ['eth1'] }), advertisement())
    expect(elect(situation({ pool: given })).answer('charlie')).to.deep.equal({
      announces: true,
      interfaces: 'all',
    })
  })

  it('names nodes in reserve after all others', () => {
    const given = situation({ standings: standings({ charlie: 'reserve' }) })
    expect(elect(given).order).to.deep.equal(['bravo', 'alpha', 'charlie'])
  })

  it('knows where a candidate would announce that does not', () => {
    const given = pool(advertisement({ interfaces: ['eth1'] }))
    expect(elect(situation({ pool: given })).interfaces('alpha')).to.deep.equal(['eth1'])
  })

  it('tells which Services a change of members concerns, and when', () => {
    let present = standings({})
    const { nodes, ignoreExcludeLabel, ...placeable } = situation()
    const placement = new Placement({ nodes, ignoreExcludeLabel, standings: () => present })
    // Hash orders: charlie, bravo, alpha and bravo, ...
    placement.elect('web/a', placeable)
    placement.elect('web/b', { ...placeable, addresses: [parseAddress('192.0.2.12')] })
    expect(placement.refresh()).to.deep.equal([])
    present = standings({ charlie: 'kept' })
    expect(placement.refresh(), 'bravo has to stand in').to.deep.equal(['web/a'])
    present.delete('charlie')
    expect(placement.refresh(), 'bravo takes over').to.deep.equal(['web/a'])
    present.delete('alpha')
    expect(placement.refresh(), 'alpha had nothing').to.deep.equal([])
    placement.forget('web/a')
    present.set('charlie', 'serving')
    expect(placement.refresh()).to.deep.equal([])
    expect(placement.order('web/a')).to.deep.equal([])
  })

  it('has one order for Services that have an address in common, whichever came first', () => {
    const { nodes, standings: present, ignoreExcludeLabel, ...placeable } = situation()
    const dual = ['web/dual', { ...placeable, addresses: ['192.0.2.10', '2001:db8::1'].map(parseAddress) }] as const
    const single = ['web/single', { ...placeable, addresses: [parseAddress('2001:db8::1')] }] as const
    for (const services of [
      [dual, single],
      [single, dual],
    ]) {
      const placement = new Placement({ nodes, ignoreExcludeLabel, standings: () => present })
      for (const [key, what] of services) placement.elect(key, what)
      placement.refresh()
      expect(placement.order('web/single'), 'by 192.0.2.10').to.deep.equal(['charlie', 'bravo', 'alpha'])
      expect(placement.order('web/dual')).to.deep.equal(['charlie', 'bravo', 'alpha'])
    }
  })

  it('has an order of its own for a Service that is left alone with its address', () => {
    const { nodes, standings: present, ignoreExcludeLabel, ...placeable } = situation()
    let staleness = 0
    const onStale = (): void => void staleness++
    const placement = new Placement({ nodes, ignoreExcludeLabel, standings: () => present, onStale })
    const single = { ...placeable, addresses: [parseAddress('2001:db8::1')] }
    const { order } = placement.elect('web/single', single)
    placement.elect('web/dual', { ...placeable, addresses: ['192.0.2.10', '2001:db8::1'].map(parseAddress) })
    expect(placement.order('web/single')).not.to.deep.equal(order)
    placement.elect('web/single', single)
    expect(staleness, 'nothing new the second time').to.equal(1)
    placement.forget('web/dual')
    expect(placement.order('web/single')).to.deep.equal(order)
    expect(staleness).to.equal(2)
  })
})
