import type { CoreV1Event, V1Condition, V1Service } from '@kubernetes/client-node'
import { expect } from 'chai'
import { Registry } from 'prom-client'
import { silentLog } from '../../kube/testing/silent-log.ts'
import { settle, VirtualClock } from '../../kube/testing/virtual-clock.ts'
import { type Allocation, startAllocation } from '../start.ts'
import { FakeCluster } from '../testing/fake-cluster.ts'

const namespace = 'metallb-system'

describe('whether a Service is announced', () => {
  let cluster: FakeCluster
  let clock: VirtualClock
  let running: Allocation | undefined

  const ours = (name: string) => ({ name, namespace })
  const putNode = (name: string, ...conditions: string[]) =>
    cluster.change('nodes', name, {
      metadata: { name },
      status: { conditions: ['Ready', ...conditions].map((type) => ({ type, status: 'True' })) },
    })
  const putSpeaker = (name: string, status: object = { phase: 'Serving', interfaces: ['eth0'] }, pod?: string) =>
    cluster.change('speakerstatuses', `${namespace}/${name}`, {
      metadata: { ...ours(name), ownerReferences: pod ? [{ kind: 'Pod', name: pod }] : [] },
      status,
    })
  const putPod = (name: string, nodeName: string, ready: 'True' | 'False', metadata: object = {}) =>
    cluster.change('pods', `${namespace}/${name}`, {
      ...{ metadata: { ...ours(name), ...metadata }, spec: { nodeName } },
      status: { conditions: [{ type: 'Ready', status: ready }] },
    })
  const putEndpoints = (service: string, nodes: string[], ready = true) =>
    cluster.put('endpointslices', {
      metadata: {
        ...{ name: `${service}-1`, namespace: 'default' },
        labels: { 'kubernetes.io/service-name': service },
      },
      endpoints: nodes.map((nodeName) => ({ nodeName, addresses: ['10.244.0.9'], conditions: { ready } })),
    })
  const putAdvertisement = (spec: object = {}) => cluster.put('l2advertisements', { metadata: ours('lan'), spec })
  const putService = (name: string, spec: object = {}, metadata: object = {}) =>
    cluster.put('services', {
      metadata: { name, namespace: 'default', ...metadata },
      spec: { type: 'LoadBalancer', clusterIPs: ['10.96.0.10'], ports: [{ port: 80 }], ...spec },
    })
  const conditionOf = (name: string, type = 'metallb.io/Announced'): V1Condition | undefined =>
    cluster.get<V1Service>('services', `default/${name}`)?.status?.conditions?.find((one) => one.type === type)
  const takeAway = (name: string, type = 'metallb.io/Announced') =>
    cluster.change('services', `default/${name}`, { status: { conditions: [{ type, $patch: 'delete' }] } })
  const reasonOf = (name = 'web') => conditionOf(name)?.reason
  const writes = () => cluster.writes.filter((write) => write.startsWith('PATCH services '))
  /** After what is on its way has arrived, and been looked at in turn. */
  const millis = async (count: number) => {
    for (let turns = 0; turns < 10; turns++) await settle()
    await clock.advance(count)
  }
  const seconds = (count: number) => millis(count * 1_000)

  async function start(options: { ignoreExcludeLabel?: boolean } = {}): Promise<void> {
    const allocation = startAllocation({
      ...{ client: cluster.client, namespace, loadBalancerClass: '', backend: 'native', podName: '' },
      ...{ election: undefined, registry: new Registry(), notReady: () => undefined, log: silentLog, clock },
      ...{ ignoreExcludeLabel: false, ...options },
    })
    running = allocation
    await allocation.ready
    await seconds(1)
  }
  async function stop(): Promise<void> {
    const stopping = running?.stop()
    running = undefined
    await seconds(1)
    await stopping
  }

  beforeEach(() => {
    cluster = new FakeCluster()
    clock = new VirtualClock()
    cluster.put('ipaddresspools', { metadata: ours('lan'), spec: { addresses: ['192.0.2.0/24'] } })
    putAdvertisement()
    for (const node of ['n1', 'n2', 'n3']) {
      putNode(node)
      putSpeaker(node)
    }
    putEndpoints('web', ['n1'])
  })
  afterEach(stop)

  it('is said in the same write as its address', async () => {
    await start()
    putService('web')
    await seconds(1)
    expect(conditionOf('web')).to.include({
      ...{ status: 'True', reason: 'Announced' },
      message: 'a node announces it in Layer 2 mode; its ServiceL2Status says which',
    })
    await seconds(10)
    expect(writes()).to.deep.equal(['PATCH services default/web'])
  })

  it('is said of those that have had an address all along, and nothing is written at a restart', async () => {
    const loadBalancer = { ingress: [{ ip: '192.0.2.7' }] }
    putService('web')
    cluster.change('services', 'default/web', { status: { loadBalancer } })
    await start()
    await seconds(3)
    expect(reasonOf()).to.equal('Announced')
    await stop()
    takeAway('web')
    await start()
    await seconds(3)
    expect(reasonOf()).to.equal('Announced')
    await stop()
    const before = writes().length
    await start()
    await seconds(60)
    expect(writes().length).to.equal(before)
  })

  it('goes away with the address, in the same write', async () => {
    await start()
    putService('web')
    await seconds(1)
    putService('web', { type: 'ClusterIP' })
    await seconds(5)
    expect(cluster.get<V1Service>('services', 'default/web')?.status?.conditions ?? []).to.deep.equal([])
    expect(writes().length).to.equal(2)
  })

  it('goes away from a Service that changed its type while no controller ran', async () => {
    await start()
    putService('web')
    await seconds(1)
    await stop()
    putService('web', { type: 'ClusterIP' })
    takeAway('web', 'metallb.io/Allocated')
    const annotations = { 'metallb.io/ip-allocated-from-pool': null }
    cluster.change('services', 'default/web', { metadata: { annotations }, status: { loadBalancer: null } })
    expect(reasonOf()).to.equal('Announced')
    await start()
    expect(reasonOf()).to.equal(undefined)
  })

  it('is not said of a Service that waits for an address, nor of one of another class', async () => {
    await start()
    putService('web', { loadBalancerIP: '198.51.100.1' })
    putService('other', { loadBalancerClass: 'example.org/other' })
    cluster.change('services', 'default/other', { status: { loadBalancer: { ingress: [{ ip: '192.0.2.9' }] } } })
    await seconds(5)
    expect(conditionOf('web', 'metallb.io/Allocated')?.status).to.equal('False')
    expect([reasonOf('web'), reasonOf('other')]).to.deep.equal([undefined, undefined])
  })

  it('is told otherwise only after two seconds in which it stayed so', async () => {
    await start()
    putService('web')
    await seconds(1)
    putEndpoints('web', ['n1'], false)
    await millis(1_900)
    expect(reasonOf()).to.equal('Announced')
    await millis(300)
    expect(conditionOf('web')).to.include({
      ...{ status: 'False', reason: 'NoReadyEndpoints' },
      message: 'no endpoint is ready or serving',
    })
  })

  it('writes nothing for what passes within two seconds, however often', async () => {
    await start()
    putService('web')
    await seconds(1)
    for (let round = 0; round < 5; round++) {
      putEndpoints('web', ['n1'], false)
      await millis(1_500)
      putEndpoints('web', ['n1'])
      await millis(1_500)
    }
    expect(writes().length).to.equal(1)
  })

  it('begins to wait anew with each other reason', async () => {
    await start()
    putService('web')
    await seconds(1)
    putEndpoints('web', ['n1'], false)
    await millis(1_500)
    cluster.remove('l2advertisements', `${namespace}/lan`)
    await millis(1_500)
    expect(reasonOf()).to.equal('Announced')
    await millis(1_000)
    expect(reasonOf()).to.equal('NoMatchingAdvertisement')
    expect(writes().length).to.equal(2)
  })

  describe('of many Services', () => {
    const names = Array.from({ length: 30 }, (_, index) => `web-${index}`)

    beforeEach(async () => {
      for (const name of names) putEndpoints(name, ['n1'])
      await start()
      for (const name of names) putService(name)
      await seconds(5)
      cluster.writes.length = 0
    })

    it('is not written when nodes fail, one by one, and come back, as long as one is left', async () => {
      cluster.change('nodes', 'n1', { status: { conditions: [{ type: 'Ready', status: 'False' }] } })
      await seconds(60)
      cluster.remove('nodes', 'n2')
      cluster.remove('speakerstatuses', `${namespace}/n2`)
      await seconds(60)
      putNode('n2')
      putSpeaker('n2')
      await seconds(60)
      expect(writes()).to.deep.equal([])
    })

    const leave = (node: string) => {
      putSpeaker(node, { phase: 'Leaving' })
      cluster.remove('speakerstatuses', `${namespace}/${node}`)
    }

    it('is not written while speakers are updated in turn, each away for half a minute at most', async () => {
      for (const node of ['n1', 'n2', 'n3']) {
        leave(node)
        await seconds(20)
        putSpeaker(node, { phase: 'Starting', interfaces: [] })
        await seconds(5)
        putSpeaker(node)
      }
      await seconds(60)
      expect(writes()).to.deep.equal([])
    })

    it('is not written while all speakers are restarted together, within ten seconds', async () => {
      for (const node of ['n1', 'n2', 'n3']) leave(node)
      await seconds(9)
      for (const node of ['n1', 'n2', 'n3']) putSpeaker(node)
      await seconds(60)
      expect(writes()).to.deep.equal([])
    })

    it('is written once to each when no speaker is left, ten at a time', async () => {
      for (const node of ['n1', 'n2', 'n3']) cluster.remove('speakerstatuses', `${namespace}/${node}`)
      await seconds(10)
      await millis(1_900)
      expect(writes()).to.deep.equal([])
      await millis(110)
      expect(writes().length).to.equal(10)
      await seconds(1)
      expect(writes().toSorted()).to.deep.equal(names.map((name) => `PATCH services default/${name}`).sort())
      expect(conditionOf('web-7')).to.include({ status: 'False', reason: 'NoSpeaker' })
    })
  })

  const settled = async () => {
    await seconds(3)
    return `${reasonOf()}: ${conditionOf('web')?.message}`
  }

  describe('depends on', () => {
    beforeEach(async () => {
      await start()
      putService('web')
      await seconds(3)
    })

    it('labels of nodes', async () => {
      const labels = { 'node.kubernetes.io/exclude-from-external-load-balancers': '' }
      for (const name of ['n1', 'n2', 'n3']) cluster.change('nodes', name, { metadata: { labels } })
      expect(await settled()).to.match(/^ExcludedByLabel: every node: /)
    })

    it('the network of nodes', async () => {
      for (const name of ['n1', 'n2', 'n3']) putNode(name, 'NetworkUnavailable')
      expect(await settled()).to.match(/^NetworkUnavailable: every node: /)
    })

    it('node selectors', async () => {
      putAdvertisement({ nodeSelectors: [{ matchLabels: { zone: 'b' } }] })
      expect(await settled()).to.match(/^NoMatchingAdvertisement: every node: /)
      cluster.change('nodes', 'n2', { metadata: { labels: { zone: 'b' } } })
      expect(await settled()).to.match(/^Announced: /)
    })

    it('where the endpoints of a Local Service are', async () => {
      putAdvertisement({ nodeSelectors: [{ matchLabels: { 'kubernetes.io/hostname': 'n2' } }] })
      cluster.change('nodes', 'n2', { metadata: { labels: { 'kubernetes.io/hostname': 'n2' } } })
      putService('web', { externalTrafficPolicy: 'Local' })
      expect(await settled()).to.match(/^NoLocalEndpoint: 1 node: .*; 2 nodes: no advertisement/)
      putEndpoints('web', ['n2'])
      expect(await settled()).to.match(/^Announced: /)
    })

    it('interfaces', async () => {
      putAdvertisement({ interfaces: ['eth9'] })
      expect(await settled()).to.match(/^InterfaceMissing: every node: /)
      for (const node of ['n1', 'n2', 'n3']) putSpeaker(node, { interfaces: ['eth0', 'eth9'] })
      expect(await settled()).to.match(/^Announced: /)
    })

    it('the fitness of nodes', async () => {
      for (const node of ['n1', 'n2', 'n3']) putSpeaker(node, { phase: 'Unfit' })
      expect(await settled()).to.match(/^NodeUnfit: every node: /)
    })

    it('speakers that go by the newest configuration, though it takes them a while', async () => {
      cluster.put('ipaddresspools', { metadata: ours('more'), spec: { addresses: ['198.51.100.0/24'] } })
      for (const node of ['n1', 'n2', 'n3']) putSpeaker(node, { configGeneration: 'ffffffff' })
      await seconds(5)
      expect(reasonOf()).to.equal('Announced')
      await seconds(8)
      expect(await settled()).to.match(/^ConfigStale: every node: /)
    })

    it('advertisements that share nothing', async () => {
      putAdvertisement({ serviceSelectors: [{ matchLabels: { app: 'web' } }] })
      expect(await settled()).to.match(/^NoMatchingAdvertisement: pool lan is not advertised/)
      const annotations = { 'metallb.io/allow-shared-ip': 'x', 'metallb.io/ip-allocated-from-pool': 'lan' }
      putService('web', {}, { labels: { app: 'web' }, annotations })
      expect(await settled()).to.match(/^SharedIPWithServiceSelector: /)
    })

    it('Layer 2, since nothing speaks BGP', async () => {
      cluster.remove('l2advertisements', `${namespace}/lan`)
      cluster.put('bgpadvertisements', { metadata: ours('far'), spec: {} })
      expect(await settled()).to.match(/^BGPNotSpoken: /)
    })

    it('the last valid configuration, while the newest is at fault', async () => {
      cluster.remove('l2advertisements', `${namespace}/lan`)
      cluster.put('ipaddresspools', { metadata: ours('bad'), spec: { addresses: ['nonsense'] } })
      expect(await settled()).to.match(/^Announced: /)
      cluster.remove('ipaddresspools', `${namespace}/bad`)
      expect(await settled()).to.match(/^NoMatchingAdvertisement: /)
    })
  })

  it('stays as it is at a restart while the speakers are behind: they have had their time', async () => {
    for (const node of ['n1', 'n2', 'n3']) putSpeaker(node, { phase: 'Serving', configGeneration: 'ffffffff' })
    putService('web')
    await start()
    await seconds(5)
    expect(reasonOf()).to.equal('ConfigStale')
    await stop()
    const before = writes().length
    await start()
    await seconds(60)
    expect(writes().length).to.equal(before)
  })

  it('goes by what the speakers do about labelled nodes, where a flag says so', async () => {
    const labels = { 'node.kubernetes.io/exclude-from-external-load-balancers': '' }
    for (const name of ['n1', 'n2', 'n3']) cluster.change('nodes', name, { metadata: { labels } })
    await start({ ignoreExcludeLabel: true })
    putService('web')
    expect(await settled()).to.match(/^Announced: /)
  })

  it('is seen through a speaker that crashes again and again, and has left a status behind', async () => {
    for (const node of ['n1', 'n2', 'n3']) {
      putSpeaker(node, {}, `speaker-${node}`)
      putPod(`speaker-${node}`, node, 'True')
    }
    await start()
    putService('web')
    expect(await settled()).to.match(/^Announced: /)
    for (const node of ['n1', 'n2', 'n3']) putPod(`speaker-${node}`, node, 'False')
    await seconds(10)
    expect(await settled()).to.match(/^NoSpeaker: every node: /)
  })

  it('is written when the server has refused it as a conflict, and nothing else happened', async () => {
    await start()
    putService('web')
    await seconds(1)
    let refusals = 1
    cluster.fault = ({ path }) => (path.includes('/services/') && refusals-- > 0 ? 409 : undefined)
    putEndpoints('web', [])
    await seconds(3)
    expect([refusals, reasonOf()]).to.deep.equal([0, 'Announced'])
    await seconds(3)
    expect(reasonOf()).to.equal('NoReadyEndpoints')
  })

  it('is written after whatever failed, with the address left alone', async () => {
    await start()
    putService('web')
    await seconds(1)
    cluster.fault = () => 500
    putEndpoints('web', [])
    await seconds(3)
    expect(reasonOf()).to.equal('Announced')
    cluster.fault = undefined
    await seconds(10)
    expect(reasonOf()).to.equal('NoReadyEndpoints')
    await settle()
    expect(cluster.get<V1Service>('services', 'default/web')?.status?.loadBalancer?.ingress?.[0]?.ip).to.equal(
      '192.0.2.0',
    )
  })

  describe('is told by events, too, since kubectl describe shows no conditions:', () => {
    const eventsOf = (name: string) =>
      cluster
        .all<CoreV1Event>('events')
        .filter((event) => event.involvedObject.name === name)
        .map(({ type, reason, message }) => `${type} ${reason}: ${message}`)

    it('with the address, where nobody will announce it', async () => {
      cluster.remove('l2advertisements', `${namespace}/lan`)
      await start()
      putService('web')
      await seconds(3)
      expect(eventsOf('web')).to.deep.equal([
        'Normal IPAllocated: assigned 192.0.2.0 from pool lan. Nobody announces it: pool lan is not advertised: no L2Advertisement or BGPAdvertisement names it',
      ])
    })

    it('not for endpoints that are not ready yet, and then when they are not any more', async () => {
      await start()
      putEndpoints('web', [])
      putService('web')
      await seconds(3)
      putEndpoints('web', ['n1'])
      await seconds(3)
      expect(eventsOf('web')).to.deep.equal(['Normal IPAllocated: assigned 192.0.2.0 from pool lan'])
      putEndpoints('web', [])
      await seconds(5)
      expect(eventsOf('web').slice(1)).to.deep.equal([
        'Warning NotAnnounced: NoReadyEndpoints: no endpoint is ready or serving',
      ])
    })
  })

  it('is given back when somebody takes it away', async () => {
    await start()
    putService('web')
    await seconds(1)
    takeAway('web')
    await seconds(3)
    expect(reasonOf()).to.equal('Announced')
  })
})
