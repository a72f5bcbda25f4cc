import type { V1EndpointSlice, V1Service } from '@kubernetes/client-node'
import { expect } from 'chai'
import { Placement } from '../announcement/placement.ts'
import { allServing, type Standing } from '../announcement/standing.ts'
import { parseConfig } from '../config/parse.ts'
import type { Config } from '../config/snapshot.ts'
import { until as waitUntil } from '../hack/lab/wait.ts'
import { ObjectStore } from '../kube/store.ts'
import { Announcer } from './announcer.ts'
import { Layer2Protocol } from './layer2-protocol.ts'
import { Reordering } from './reordering.ts'
import { serviceOfSlice } from './watches.ts'

const nodes = ['n1', 'n2', 'n3']
const healthy = { ready: true, networkUnavailable: false, excluded: false }

function balancedConfig(): Config {
  const result = parseConfig({
    pools: [{ metadata: { name: 'lan' }, spec: { addresses: ['192.0.2.0/24'] } }],
    l2Advertisements: [{ metadata: { name: 'lan' }, spec: { placement: 'Balanced' } }],
    nodes: nodes.map((name) => ({ metadata: { name } })),
  })
  if (!result.ok) throw new Error(JSON.stringify(result.errors))
  return result.config
}

/** What a speaker does without the network: the first in the order of its placement has an address at once. */
class BalancedSpeaker {
  readonly announcer: Announcer
  readonly reordering: Reordering
  readonly owned = new Set<string>()
  passes = 0

  constructor(node: string, stores: Stores, standings: ReadonlyMap<string, Standing>, config: Config) {
    const placement = new Placement({
      ...{ nodes: new Map(nodes.map((name) => [name, healthy])), ignoreExcludeLabel: false },
      ...{ standings: () => standings, onStale: () => this.reordering.soon() },
    })
    const protocol = new Layer2Protocol({
      ...{ node, placement, layer2: { hasInterface: () => true }, onChange() {}, onNoInterface() {} },
      ownership: {
        tell: (key, { order }) => void (order[0] === node ? this.owned.add(key) : this.owned.delete(key)),
        forget: (key) => void this.owned.delete(key),
        owns: (key) => this.owned.has(key),
        isSilent: (key) => !this.owned.has(key),
      },
    })
    this.announcer = new Announcer({
      ...{ ...stores, config: () => config, handles: () => true, protocols: [protocol] },
      observer: {
        ...{ announced() {}, withdrawn() {} },
        processed: () => this.passes++,
        failed: (_, error) => {
          throw error
        },
      },
    })
    this.reordering = new Reordering({
      refresh: () => placement.refresh(),
      settled: () => this.announcer.settled(),
      reconsider: (services) => this.announcer.reconsiderSoon(services),
    })
  }
}

interface Stores {
  readonly services: ObjectStore<V1Service>
  readonly endpointSlices: ObjectStore<V1EndpointSlice>
}

describe('speakers under balanced placement', () => {
  let stores: Stores
  let standings: Map<string, Standing>
  let speakers: BalancedSpeaker[]

  beforeEach(async () => {
    stores = {
      services: new ObjectStore(),
      endpointSlices: new ObjectStore({ indexes: { service: (slice) => [serviceOfSlice(slice)] } }),
    }
    standings = new Map(allServing(nodes))
    const config = balancedConfig()
    speakers = nodes.map((node) => new BalancedSpeaker(node, stores, standings, config))
    for (let index = 0; index < 30; index++) add(index)
    for (const { announcer } of speakers) announcer.reconsiderAll()
    await until(() => owners().length === 30)
  })
  afterEach(() => {
    for (const { announcer, reordering } of speakers) {
      announcer.stop()
      reordering.stop()
    }
  })

  function add(index: number): string {
    const name = `s${index}`
    stores.services.apply({
      metadata: { namespace: 'web', name },
      spec: { type: 'LoadBalancer' },
      status: { loadBalancer: { ingress: [{ ip: `192.0.2.${index}` }] } },
    })
    stores.endpointSlices.apply({
      ...{ metadata: { namespace: 'web', name, labels: { 'kubernetes.io/service-name': name } } },
      ...{ addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'], nodeName: 'n1' }] },
    })
    return `web/${name}`
  }

  const owners = (): string[] => speakers.flatMap(({ owned }) => [...owned]).sort()
  const loads = (): number[] => speakers.map(({ owned }) => owned.size)

  async function until(holds: () => boolean): Promise<void> {
    await waitUntil(holds.toString(), holds, { intervalMillis: 1 })
    for (const { announcer } of speakers) await announcer.settled()
  }

  it('share the addresses out evenly, each to one', () => {
    expect(loads()).to.deep.equal([10, 10, 10])
    expect(new Set(owners())).to.have.length(30)
  })

  it('take over what a dead one had, at once, and look at nothing else', async () => {
    const kept = [...speakers[1]!.owned]
    for (const speaker of speakers) speaker.passes = 0
    standings.delete('n1')
    speakers[0]!.owned.clear()
    for (const { reordering } of speakers.slice(1)) reordering.now()
    for (const { announcer } of speakers.slice(1)) await announcer.settled()
    expect(loads()).to.deep.equal([0, 15, 15])
    expect([...speakers[1]!.owned]).to.include.members(kept)
    expect(speakers[1]!.passes).to.equal(10)
  })

  it('agree on a Service that comes', async () => {
    const key = add(100)
    for (const { announcer } of speakers) announcer.reconsider(key)
    await until(() => owners().length === 31 && new Set(owners()).size === 31)
    await until(() => Math.max(...loads()) - Math.min(...loads()) === 1)
  })
})
