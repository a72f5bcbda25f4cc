import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { V1Service } from '@kubernetes/client-node'
import { expect } from 'chai'
import fc from 'fast-check'
import { parseSelectors } from '../config/selector.ts'
import type { BgpAdvertisement, Layer2Advertisement, Pool } from '../config/snapshot.ts'
import { emptyPool } from '../config/testing/empty-pool.ts'
import { formatAddress, parseAddress } from '../net/address.ts'
import {
  type AnnouncedSituation,
  conditionFor,
  kindOf,
  outlookOf,
  refusedCondition,
  type SpeakerView,
} from './announced.ts'
import { announcedReasons } from './announced-reasons.ts'
import { Digests } from './digests.ts'
import type { NodeFacts } from './node.ts'
import { rankCandidates } from './rank.ts'
import { allServing, type Standing } from './standing.ts'

// Hash order for 192.0.2.10: charlie, bravo, alpha; for 192.0.2.11 charlie is not the first.
const names = ['alpha', 'bravo', 'charlie']
const address = parseAddress('192.0.2.10')
const healthy: NodeFacts = { ready: true, networkUnavailable: false, excluded: false }
const well: SpeakerView = { isUnfit: false, isStale: false, isMissing: false, interfaces: new Set(['eth0']) }

const advertisement = (changes: Partial<Layer2Advertisement> = {}): Layer2Advertisement => ({
  ...{ name: 'all', nodes: new Set(names), interfaces: [], serviceSelectors: [] },
  ...{ preferredNodes: new Map(), placement: undefined },
  ...changes,
})
const byBgp = { nodes: new Set(names) } as Partial<BgpAdvertisement> as BgpAdvertisement
const pool = (...layer2: Layer2Advertisement[]): Pool => ({ ...emptyPool, layer2 })
const facts = (changes: Record<string, Partial<NodeFacts>> = {}) =>
  new Map(names.map((name) => [name, { ...healthy, ...changes[name] }]))
const speakers = (changes: Record<string, Partial<SpeakerView>> = {}) =>
  new Map(names.map((name) => [name, { ...well, ...changes[name] }]))
const onlyFor = (app: string) => parseSelectors([{ matchLabels: { app } }], 'spec.serviceSelectors', () => undefined)

function situation(changes: Partial<AnnouncedSituation> = {}): AnnouncedSituation {
  return {
    service: { spec: { type: 'LoadBalancer' } },
    pool: pool(advertisement()),
    endpoints: { any: true, nodes: new Set(['alpha']) },
    nodes: facts(),
    standings: allServing(names),
    speakers: speakers(),
    ignoreExcludeLabel: false,
    ...changes,
  }
}

const conditionIn = (changes: Partial<AnnouncedSituation>, of = address) =>
  conditionFor(outlookOf(situation(changes)), [of])

const local: V1Service = { spec: { type: 'LoadBalancer', externalTrafficPolicy: 'Local' } }
const sharing: V1Service = { metadata: { annotations: { 'metallb.io/allow-shared-ip': 'x' }, labels: { app: 'web' } } }
const none = { any: false, nodes: new Set<string>() }

const rows: [sentence: string, given: Partial<AnnouncedSituation>, expected: string][] = [
  [
    'is True when a node can announce',
    {},
    'Announced: a node announces it in Layer 2 mode; its ServiceL2Status says which',
  ],
  ['is True while one of three is left', { standings: allServing(['bravo']) }, 'Announced: '],
  ['is True while a speaker is only away for a moment', { standings: new Map([['alpha', 'kept']]) }, 'Announced: '],
  [
    'is True while another stands in for a speaker that does not come back at once',
    {
      standings: new Map([...allServing(['bravo']), ['alpha', 'kept']]),
      speakers: speakers({ alpha: { isMissing: true } }),
    },
    'Announced: ',
  ],
  [
    'is True while one in reserve can stand in for a speaker that does not come back at once',
    {
      standings: new Map([
        ['alpha', 'kept'],
        ['bravo', 'reserve'],
      ]),
      speakers: speakers({ alpha: { isMissing: true } }),
    },
    'Announced: ',
  ],
  [
    'needs somebody who stands in for a speaker that does not come back at once',
    { standings: new Map([['alpha', 'kept']]), speakers: speakers({ alpha: { isMissing: true } }) },
    'NoSpeaker: every node: no serving speaker is known on the node',
  ],
  [
    'needs somebody with an endpoint to stand in under the policy Local',
    {
      service: local,
      standings: new Map([...allServing(['bravo', 'charlie']), ['alpha', 'kept']]),
      speakers: speakers({ alpha: { isMissing: true } }),
    },
    'NoSpeaker: 1 node: no serving speaker is known on the node; 2 nodes: traffic policy is Local and the node has no usable endpoint',
  ],
  ['is True where only nodes in reserve are left', { standings: new Map([['alpha', 'reserve']]) }, 'Announced: '],
  ['is True with speakers that do not say on what they answer', { speakers: new Map() }, 'Announced: '],
  [
    'is True when one speaker of several is behind',
    { speakers: speakers({ charlie: { isStale: true } }) },
    'Announced: ',
  ],
  [
    'blames the pool that nobody advertises, whatever else is wrong',
    { pool: pool(), endpoints: none },
    'NoMatchingAdvertisement: pool blue is not advertised: no L2Advertisement or BGPAdvertisement names it',
  ],
  [
    'blames advertisements for other Services',
    { pool: pool(advertisement({ serviceSelectors: onlyFor('mail') })) },
    'NoMatchingAdvertisement: pool blue is not advertised: none of its advertisements selects this Service',
  ],
  [
    'blames advertisements for nodes that do not exist',
    { pool: pool(advertisement({ nodes: new Set() })) },
    'NoMatchingAdvertisement: every node: no advertisement of the pool selects both the service and the node',
  ],
  [
    'says honestly that BGP is not spoken',
    { pool: { ...pool(), bgp: [{ ...byBgp, serviceSelectors: [] }] } },
    'BGPNotSpoken: pool blue is advertised by BGP only, which speakers of this version do not speak',
  ],
  [
    'does not blame BGP for advertisements that are for other Services',
    { pool: { ...pool(), bgp: [{ ...byBgp, serviceSelectors: onlyFor('mail') }] } },
    'NoMatchingAdvertisement: pool blue is not advertised: none of its advertisements selects this Service',
  ],
  ['needs a node', { nodes: new Map() }, 'NoNodes: the cluster has no nodes'],
  ['needs an endpoint', { endpoints: none }, 'NoReadyEndpoints: no endpoint is ready or serving'],
  [
    'does not share an address where advertisements choose Services',
    { pool: pool(advertisement({ serviceSelectors: onlyFor('web') })), service: sharing },
    'SharedIPWithServiceSelector: a shared address cannot be announced by an advertisement with service selectors',
  ],
  [
    'needs a speaker',
    { standings: new Map(), speakers: new Map() },
    'NoSpeaker: every node: no serving speaker is known on the node',
  ],
  [
    'says that a node cannot carry traffic',
    { standings: new Map(), speakers: speakers({ alpha: { isUnfit: true } }) },
    'NodeUnfit: 1 node: the speaker finds that its node cannot carry traffic; 2 nodes: no serving speaker is known on the node',
  ],
  [
    'says that all nodes are excluded by label',
    { nodes: facts({ alpha: { excluded: true }, bravo: { excluded: true }, charlie: { excluded: true } }) },
    'ExcludedByLabel: every node: the node is labelled to be excluded from load balancing',
  ],
  [
    'says that the network of all nodes is unavailable',
    { nodes: new Map([['alpha', { ...healthy, networkUnavailable: true }]]) },
    'NetworkUnavailable: every node: the network of the node is unavailable',
  ],
  [
    'says that the nodes with endpoints of a Local Service are not those of the advertisement',
    { service: local, pool: pool(advertisement({ nodes: new Set(['bravo', 'charlie']) })) },
    'NoLocalEndpoint: 2 nodes: traffic policy is Local and the node has no usable endpoint; 1 node: no advertisement of the pool selects both the service and the node',
  ],
  [
    'names the least that is missing first',
    { nodes: facts({ alpha: { networkUnavailable: true }, bravo: { excluded: true } }), standings: new Map() },
    'NoSpeaker: 1 node: no serving speaker is known on the node; 1 node: the node is labelled to be excluded from load balancing; 1 node: the network of the node is unavailable',
  ],
  [
    'says that no speaker goes by the newest configuration',
    { speakers: new Map(names.map((name) => [name, { ...well, isStale: true }])) },
    'ConfigStale: every node: the speaker does not go by the newest configuration',
  ],
  [
    'says that no node has the interfaces of the advertisement',
    { pool: pool(advertisement({ interfaces: ['eth9'] })) },
    'InterfaceMissing: every node: the speaker answers on none of the interfaces that the advertisements allow',
  ],
  [
    'says that no node has an interface at all',
    { speakers: new Map(names.map((name) => [name, { ...well, interfaces: new Set() }])) },
    'InterfaceMissing: every node: the speaker answers on none of the interfaces that the advertisements allow',
  ],
]

describe('the condition Announced', () => {
  for (const [sentence, given, expected] of rows) {
    it(sentence, () => {
      const { status, reason, message } = conditionIn(given)
      expect(`${reason}: ${message}`).to.satisfy((text: string) => text.startsWith(expected))
      expect(status).to.equal(announcedReasons[reason])
    })
  }

  it('has a row for each reason that a situation can bring', () => {
    const shown = new Set(rows.map(([, , expected]) => expected.split(':')[0]))
    const ofServices = ['NoAddressPool', 'UnreadableAddress']
    expect([...shown, ...ofServices].sort()).to.deep.equal(Object.keys(announcedReasons).sort())
  })

  it('has all its reasons explained in the documentation', () => {
    const page = readFileSync(join(import.meta.dirname, '../docs/conditions.md'), 'utf8')
    const [, section = ''] = page.split('## metallb.io/Announced')
    const explained = [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, reason]) => reason)
    expect(explained.sort()).to.deep.equal(Object.keys(announcedReasons).sort())
  })

  it('is about Services that have addresses, and says why the addresses are of no use', () => {
    expect(refusedCondition('notLoadBalancer')).to.equal(undefined)
    expect(refusedCondition('noIPAllocated')).to.equal(undefined)
    expect(refusedCondition('invalidIP')).to.include({ status: 'False', reason: 'UnreadableAddress' })
    expect(refusedCondition('ipNotAllowed')).to.include({ status: 'False', reason: 'NoAddressPool' })
  })

  describe('where the owner has none of the interfaces and other candidates have one', () => {
    const only = pool(advertisement({ interfaces: ['eth1'] }))
    const given = { pool: only, speakers: speakers({ alpha: { interfaces: new Set(['eth1']) } }) }
    const others = ['192.0.2.10', '192.0.2.11', '192.0.2.12', '192.0.2.13', '192.0.2.14', '192.0.2.15'].map(
      parseAddress,
    )

    it('is False, since elections do not ask for interfaces', () => {
      expect(conditionIn(given)).to.deep.equal({
        status: 'False',
        reason: 'InterfaceMissing',
        message:
          'the node that has the address: the speaker answers on none of the interfaces that the advertisements allow',
      })
    })

    it('agrees with the election about each address', () => {
      for (const one of others) {
        const [owner] = rankCandidates(names, formatAddress(one), new Digests())
        expect(conditionIn(given, one).status).to.equal(owner === 'alpha' ? 'True' : 'False')
      }
    })

    it('is True where Services are balanced: which node has it depends on all of them', () => {
      const balanced = pool(advertisement({ interfaces: ['eth1'], placement: 'Balanced' }))
      expect(conditionIn({ ...given, pool: balanced }).status).to.equal('True')
    })
  })

  it('names no node and no speaker, whoever is away', () => {
    const standing = fc.constantFrom<(Standing | undefined)[]>('serving', 'kept', 'reserve', undefined)
    fc.assert(
      fc.property(fc.array(standing, { minLength: 3, maxLength: 3 }), fc.boolean(), (all, isStale) => {
        const standings = new Map(names.flatMap((name, i) => (all[i] ? [[name, all[i]] as const] : [])))
        const { message } = conditionIn({ standings, speakers: speakers({ bravo: { isStale } }) })
        for (const name of names) expect(message).not.to.include(name)
      }),
    )
  })

  it('is the same for all Services of a kind', () => {
    const services = fc.record({
      isLocal: fc.boolean(),
      isShared: fc.constantFrom(undefined, 'metallb.io/allow-shared-ip', 'metallb.universe.tf/allow-shared-ip'),
      app: fc.constantFrom('web', 'mail'),
      on: fc.subarray(['alpha', 'bravo']),
    })
    const layer2 = fc.subarray([
      advertisement({ nodes: new Set(['alpha']) }),
      advertisement({ serviceSelectors: onlyFor('web') }),
      advertisement({ nodes: new Set(['charlie']), serviceSelectors: onlyFor('mail') }),
    ])
    const bgp = fc.subarray([{ ...byBgp, serviceSelectors: onlyFor('mail') }])
    fc.assert(
      fc.property(layer2, bgp, fc.array(services, { minLength: 2, maxLength: 8 }), (l2, b, given) => {
        const outlooks = new Map<string, object>()
        for (const { isLocal, isShared, app, on } of given) {
          const one = situation({
            pool: { ...pool(...l2), bgp: b },
            service: {
              metadata: { labels: { app }, annotations: isShared === undefined ? {} : { [isShared]: '' } },
              spec: { type: 'LoadBalancer', externalTrafficPolicy: isLocal ? 'Local' : 'Cluster' },
            },
            endpoints: { any: on.length > 0, nodes: new Set(on) },
          })
          const outlook = outlookOf(one)
          expect(outlooks.get(kindOf(one)) ?? outlook).to.deep.equal(outlook)
          outlooks.set(kindOf(one), outlook)
        }
      }),
    )
  })
})
