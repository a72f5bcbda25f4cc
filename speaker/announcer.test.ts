import type { V1EndpointSlice, V1Service } from '@kubernetes/client-node'
import { expect } from 'chai'
import { parseConfig } from '../config/parse.ts'
import type { Config } from '../config/snapshot.ts'
import { ObjectStore } from '../kube/store.ts'
import { formatAddress } from '../net/address.ts'
import { Announcer } from './announcer.ts'
import type { Candidate, Outcome, Protocol } from './protocol.ts'
import { serviceOfSlice } from './watches.ts'

function load(addresses: string[]): Config {
  const result = parseConfig({ pools: [{ metadata: { name: 'blue' }, spec: { addresses } }] })
  if (!result.ok) throw new Error(JSON.stringify(result.errors))
  return result.config
}

const service = (ips: string[], spec: V1Service['spec'] = { type: 'LoadBalancer' }): V1Service => ({
  metadata: { namespace: 'web', name: 'a' },
  spec,
  status: { loadBalancer: { ingress: ips.map((ip) => ({ ip })) } },
})

const refused: Outcome = { announces: false, reason: 'notOwner', message: 'another node comes first' }

/** Announces what the test says, and takes notes. */
class FakeProtocol implements Protocol {
  readonly name: Protocol['name']
  readonly log: string[]
  outcome: Outcome = { announces: true }

  constructor(name: Protocol['name'], log: string[]) {
    this.name = name
    this.log = log
  }

  reconcile({ key, addresses }: Candidate): Outcome {
    this.log.push(`${this.name}: reconcile ${key} ${addresses.map(formatAddress)}`)
    return this.outcome
  }

  withdraw(key: string): void {
    this.log.push(`${this.name}: withdraw ${key}`)
  }
}

describe('Announcer', () => {
  let services: ObjectStore<V1Service>
  let log: string[]
  let layer2: FakeProtocol
  let config: Config | undefined
  let announcer: Announcer

  beforeEach(() => {
    services = new ObjectStore()
    log = []
    layer2 = new FakeProtocol('layer2', log)
    config = load(['192.0.2.0/24'])
    announcer = start(layer2)
  })

  const start = (...protocols: Protocol[]): Announcer =>
    new Announcer({
      services,
      endpointSlices: new ObjectStore<V1EndpointSlice>({ indexes: { service: (slice) => [serviceOfSlice(slice)] } }),
      config: () => config,
      handles: ({ spec }) => spec?.loadBalancerClass === undefined,
      protocols,
      observer: {
        announced: (key, _, protocol, ips) => log.push(`announced ${key} ${protocol} ${ips}`),
        withdrawn: (key, protocol, ips, reason) => log.push(`withdrawn ${key} ${protocol} ${ips} ${reason}`),
        processed: () => undefined,
        failed: (key, error) => log.push(`failed ${key} ${error}`),
      },
    })

  function put(object: V1Service): void {
    services.apply(object)
    announcer.reconsider('web/a')
  }

  /** What was noted since the last call. */
  const notes = () => log.splice(0)

  it('announces a Service with an address of a pool', () => {
    put(service(['192.0.2.1']))
    expect(notes()).to.deep.equal(['layer2: reconcile web/a 192.0.2.1', 'announced web/a layer2 192.0.2.1'])
  })

  it('does not announce twice what has not changed', () => {
    put(service(['192.0.2.1']))
    put(service(['192.0.2.1']))
    expect(notes().filter((note) => note.startsWith('announced'))).to.have.length(1)
  })

  it('does nothing before a configuration is known', () => {
    config = undefined
    put(service(['192.0.2.1']))
    expect(notes()).to.deep.equal([])
  })

  const endings: { sentence: string; after: V1Service | undefined; reason: string }[] = [
    { sentence: 'is deleted', after: undefined, reason: 'serviceDeleted' },
    {
      sentence: 'is for another class',
      after: service(['192.0.2.1'], { type: 'LoadBalancer', loadBalancerClass: 'x' }),
      reason: 'otherLoadBalancerClass',
    },
    {
      sentence: 'is of another type',
      after: service(['192.0.2.1'], { type: 'ClusterIP' }),
      reason: 'notLoadBalancer',
    },
    { sentence: 'loses its address', after: service([]), reason: 'noIPAllocated' },
    { sentence: 'gets an unreadable address', after: service(['192.0.2.x']), reason: 'invalidIP' },
    { sentence: 'gets an address of no pool', after: service(['203.0.113.1']), reason: 'ipNotAllowed' },
  ]
  for (const { sentence, after, reason } of endings) {
    it(`withdraws a Service that ${sentence}`, () => {
      put(service(['192.0.2.1']))
      notes()
      if (after) services.apply(after)
      else services.remove('web/a')
      announcer.reconsider('web/a')
      expect(notes()).to.deep.equal(['layer2: withdraw web/a', `withdrawn web/a layer2 192.0.2.1 ${reason}`])
    })
  }

  it('withdraws the old addresses before it announces others', () => {
    put(service(['192.0.2.1']))
    notes()
    put(service(['192.0.2.2']))
    expect(notes()).to.deep.equal([
      'layer2: withdraw web/a',
      'withdrawn web/a layer2 192.0.2.1 addressesChanged',
      'layer2: reconcile web/a 192.0.2.2',
      'announced web/a layer2 192.0.2.2',
    ])
  })

  it('keeps addresses that only change their order', () => {
    put(service(['192.0.2.1', '192.0.2.2']))
    notes()
    put(service(['192.0.2.2', '192.0.2.1']))
    expect(notes()).to.deep.equal(['layer2: reconcile web/a 192.0.2.2,192.0.2.1'])
  })

  it('lets each protocol decide for itself', () => {
    const bgp = new FakeProtocol('bgp', log)
    announcer = start(bgp, layer2)
    put(service(['192.0.2.1']))
    layer2.outcome = refused
    notes()
    announcer.reconsider('web/a')
    expect(notes().filter((note) => note.startsWith('withdrawn'))).to.deep.equal([
      'withdrawn web/a layer2 192.0.2.1 notOwner',
    ])
    bgp.outcome = refused
    announcer.reconsider('web/a')
    expect(notes()).to.include('withdrawn web/a bgp 192.0.2.1 notOwner')
  })

  it('reconsiders all Services, also those that are gone', async () => {
    put(service(['192.0.2.1']))
    services.remove('web/a')
    services.apply({ ...service(['192.0.2.9']), metadata: { namespace: 'web', name: 'b' } })
    notes()
    announcer.reconsiderAll()
    await announcer.settled()
    expect(notes())
      .to.include('withdrawn web/a layer2 192.0.2.1 serviceDeleted')
      .and.include('announced web/b layer2 192.0.2.9')
  })

  it('names the announced Services that another configuration has no pool for', () => {
    put(service(['192.0.2.1']))
    expect(announcer.strandedBy(load(['192.0.2.0/25']))).to.deep.equal([])
    const stranded = announcer.strandedBy(load(['198.51.100.0/24']))
    expect(stranded.map(({ message }) => message)).to.deep.equal([
      'Service web/a: status.loadBalancer.ingress: ["192.0.2.1"] is announced, and in no pool any more: ' +
        'put it back into a pool, or wait until the Service has another address',
    ])
  })

  it('reports a defect instead of falling over it', () => {
    layer2.reconcile = () => {
      throw new Error('defect')
    }
    put(service(['192.0.2.1']))
    expect(notes()).to.deep.equal(['failed web/a Error: defect'])
  })
})
