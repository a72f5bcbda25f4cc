import type { CoreV1Event, V1Service } from '@kubernetes/client-node'
import { expect } from 'chai'
import { Registry } from 'prom-client'
import type { ConfigurationState, IPAddressPool } from '../crds/generated/types.ts'
import { until } from '../hack/lab/wait.ts'
import { systemClock } from '../kube/clock.ts'
import { silentLog } from '../kube/testing/silent-log.ts'
import { type Allocation, type AllocationOptions, startAllocation } from './start.ts'
import { FakeCluster } from './testing/fake-cluster.ts'

const namespace = 'metallb-system'
const poolAnnotation = 'metallb.io/ip-allocated-from-pool'
const foreign = { type: 'example.org/Probed', status: 'True', reason: 'Fine', message: 'not ours' }

describe('the controller', () => {
  let cluster: FakeCluster
  let registry: Registry
  const running: Allocation[] = []

  const putPool = (name: string, addresses: string[], spec: object = {}) =>
    cluster.put('ipaddresspools', { metadata: { name, namespace }, spec: { addresses, ...spec } })
  const putService = (name: string, spec: object = {}, metadata: object = {}) =>
    cluster.put('services', {
      metadata: { name, namespace: 'default', ...metadata },
      spec: { type: 'LoadBalancer', clusterIPs: ['10.96.0.10'], ports: [{ port: 80 }], ...spec },
    })
  const service = (name: string) => cluster.get<V1Service>('services', `default/${name}`)
  const addressOf = (name: string) => service(name)?.status?.loadBalancer?.ingress?.[0]?.ip
  const eventsOf = (name: string) =>
    cluster.all<CoreV1Event>('events').flatMap((event) => (event.involvedObject.name === name ? event.reason : []))
  const serviceWrites = () => cluster.writes.filter((write) => write.includes(' services '))
  const eventually = (what: string, condition: () => boolean) =>
    until(what, condition, { timeoutMillis: 5_000, intervalMillis: 5 })
  const hasAddress = (name: string, address: string) =>
    eventually(`${name} has ${address}`, () => addressOf(name) === address)
  const metric = async (name: string) => (await registry.getSingleMetric(name)?.get())?.values

  async function start(
    options: Partial<Pick<AllocationOptions, 'loadBalancerClass' | 'notReady'>> = {},
  ): Promise<Allocation> {
    registry = new Registry()
    const allocation = startAllocation({
      ...{
        client: cluster.client,
        namespace,
        loadBalancerClass: '',
        backend: 'native',
        ignoreExcludeLabel: false,
        podName: '',
        election: undefined,
        registry,
      },
      ...{ log: silentLog, clock: systemClock, notReady: () => undefined },
      ...options,
    })
    running.push(allocation)
    await allocation.ready
    return allocation
  }

  /** Service web has the first address of pool blue. */
  async function startWithWeb(addresses: string[]): Promise<void> {
    putPool('blue', addresses)
    putService('web')
    await start()
    await hasAddress('web', '192.0.2.0')
  }

  beforeEach(() => {
    cluster = new FakeCluster()
  })
  afterEach(async () => {
    await Promise.all(running.splice(0).map((allocation) => allocation.stop()))
  })

  it('writes address and pool of a new Service in one patch', async () => {
    putPool('blue', ['192.0.2.0/30'])
    await start()
    putService('web')
    await hasAddress('web', '192.0.2.0')
    expect(service('web')?.metadata?.annotations).to.deep.equal({ [poolAnnotation]: 'blue' })
    expect(serviceWrites()).to.deep.equal(['PATCH services default/web'])
  })

  it('writes nothing to 100 Services after a restart', async () => {
    putPool('blue', ['192.0.2.0/24'])
    for (let number = 0; number < 100; number++) putService(`web-${number}`)
    const first = await start()
    await eventually('all have one', () => cluster.all<V1Service>('services').every((one) => one.status?.loadBalancer))
    await first.stop()
    const before = cluster.all('services')
    cluster.writes.length = 0
    await start()
    expect(serviceWrites()).to.deep.equal([])
    expect(cluster.all('services')).to.deep.equal(before)
  })

  it('stops within its budget while no write is answered', async () => {
    putPool('blue', ['192.0.2.0/30'])
    const allocation = await start()
    cluster.hangs = true
    for (const name of ['a', 'b']) putService(name)
    putPool('blue', ['192.0.2.0/29'])
    putPool('bad', ['nonsense'])
    await eventually('writes hang', () =>
      ['services', 'ipaddresspools', 'events'].every((kind) => cluster.hung.has(kind)),
    )
    const startedMillis = performance.now()
    await allocation.stop()
    expect(performance.now() - startedMillis).to.be.below(1_000)
  })

  it('gives nobody the address of a node, and leaves one that a Service has, with a warning', async () => {
    const addresses = [{ type: 'InternalIP', address: '192.0.2.0' }]
    cluster.put('nodes', { metadata: { name: 'n1' }, status: { addresses } })
    putPool('blue', ['192.0.2.0/30'])
    await start()
    putService('web')
    await hasAddress('web', '192.0.2.1')

    cluster.change('nodes', 'n1', { status: { addresses: [{ type: 'ExternalIP', address: '192.0.2.1' }] } })
    await eventually('a warning', () => eventsOf('web').includes('NodeAddress'))
    expect(addressOf('web')).to.equal('192.0.2.1')
    putService('next')
    await hasAddress('next', '192.0.2.0')
  })

  it('takes every address in a status as given before it gives any', async () => {
    putPool('blue', ['192.0.2.0/30'])
    putService('a-new')
    putService('z-old', {}, {})
    cluster.change('services', 'default/z-old', { status: { loadBalancer: { ingress: [{ ip: '192.0.2.0' }] } } })
    await start()
    await hasAddress('a-new', '192.0.2.1')
    expect(addressOf('z-old')).to.equal('192.0.2.0')
  })

  it('leaves an address that two claim to the older Service', async () => {
    putPool('blue', ['192.0.2.0/30'])
    for (const name of ['z-older', 'a-younger']) {
      putService(name)
      cluster.change('services', `default/${name}`, { status: { loadBalancer: { ingress: [{ ip: '192.0.2.3' }] } } })
    }
    await start()
    await hasAddress('a-younger', '192.0.2.0')
    expect(addressOf('z-older')).to.equal('192.0.2.3')
  })

  it('gives a released address to the Service that waits, and looks at no other', async () => {
    putPool('blue', ['192.0.2.0/31'])
    for (const name of ['first', 'second', 'waiting']) putService(name)
    await start()
    await hasAddress('second', '192.0.2.1')
    expect(addressOf('waiting')).to.equal(undefined)
    const passes = async () => (await metric('metallb_k8s_client_updates_total'))![0]!.value
    const before = await passes()
    cluster.remove('services', 'default/first')
    await hasAddress('waiting', '192.0.2.0')
    expect((await passes()) - before).to.equal(1)
  })

  it('serves whoever waits to share as soon as another offers to', async () => {
    const sharing = { annotations: { 'metallb.io/allow-shared-ip': 'k' } }
    putPool('blue', ['192.0.2.0/32'])
    putService('web')
    putService('waiting', { ports: [{ port: 443 }] }, sharing)
    await start()
    await hasAddress('web', '192.0.2.0')
    cluster.change('services', 'default/web', { metadata: sharing })
    await hasAddress('waiting', '192.0.2.0')
    expect(addressOf('web')).to.equal('192.0.2.0')
  })

  it('takes the address back when the type changes, and tells the next only after that is written', async () => {
    await startWithWeb(['192.0.2.0/32'])
    putService('waiting')
    cluster.change('services', 'default/web', { spec: { type: 'ClusterIP' } })
    await hasAddress('waiting', '192.0.2.0')
    expect(service('web')?.status?.loadBalancer).to.deep.equal({})
    expect(service('web')?.metadata?.annotations).to.deep.equal({})
    const order = serviceWrites().slice(-2)
    expect(order).to.deep.equal(['PATCH services default/web', 'PATCH services default/waiting'])
  })

  it('clears up what was left on a Service that changed its type while no controller ran', async () => {
    const left = {
      type: 'metallb.io/Allocated',
      status: 'True',
      reason: 'Allocated',
      message: '192.0.2.0 from pool blue',
    }
    putPool('blue', ['192.0.2.0/32'])
    putService('web', { type: 'ClusterIP' }, { annotations: { [poolAnnotation]: 'blue' } })
    cluster.change('services', 'default/web', { status: { conditions: [foreign, left] } })
    putService('never', { type: 'ClusterIP' })
    await start({ loadBalancerClass: 'example.org/ours' }) // what is no LoadBalancer has no class
    await eventually('nothing is left', () => service('web')?.metadata?.annotations?.[poolAnnotation] === undefined)
    expect(service('web')?.status?.conditions).to.deep.equal([foreign])
    expect(serviceWrites()).to.deep.equal(['PATCH services default/web'])
  })

  it('tells of a deprecated annotation when the Service gets an address, not while it waits', async () => {
    putPool('blue', ['192.0.2.0/32'])
    putService('web', {}, { annotations: { 'metallb.universe.tf/address-pool': 'green' } })
    await start()
    await eventually('it is told why it waits', () => eventsOf('web').includes('AllocationFailed'))
    expect(eventsOf('web')).to.deep.equal(['AllocationFailed'])
    putPool('green', ['198.51.100.0/31'])
    await eventually('it is told', () => eventsOf('web').includes('deprecatedAnnotation'))
    expect(eventsOf('web').filter((reason) => reason === 'deprecatedAnnotation')).to.have.length(1)
  })

  it('lets go of a Service that is for another class now, with all that it wrote there', async () => {
    await startWithWeb(['192.0.2.0/32'])
    cluster.change('services', 'default/web', {
      spec: { loadBalancerClass: 'example.org/other' },
      status: { conditions: [foreign] },
    })
    putService('waiting')
    await hasAddress('waiting', '192.0.2.0')
    expect(addressOf('web')).to.equal(undefined)
    expect(service('web')?.metadata?.annotations).to.deep.equal({})
    expect(service('web')?.status?.conditions).to.deep.equal([foreign])
    await eventually('an event', () => eventsOf('web').includes('IPReleased'))
  })

  it('leaves the address that another controller gave to a Service of its class', async () => {
    await startWithWeb(['192.0.2.0/32'])
    cluster.change('services', 'default/web', {
      spec: { loadBalancerClass: 'example.org/other' },
      status: { loadBalancer: { ingress: [{ ip: '198.51.100.1' }] } },
    })
    await eventually('it says nothing of us', () => !service('web')?.status?.conditions?.length)
    expect(addressOf('web')).to.equal('198.51.100.1')
    expect(service('web')?.metadata?.annotations).to.deep.equal({})
  })

  it('tells of an address whose Service was deleted', async () => {
    await startWithWeb(['192.0.2.0/32'])
    cluster.remove('services', 'default/web')
    await eventually('an event', () => eventsOf('web').includes('IPReleased'))
  })

  it('gives nobody an address whose release could not be written', async () => {
    await startWithWeb(['192.0.2.0/32'])
    cluster.fault = (_, { key }) => (key === 'default/web' ? 500 : undefined)
    cluster.change('services', 'default/web', { spec: { type: 'ClusterIP' } })
    putService('waiting')
    await eventually('the release was tried', () => serviceWrites().length >= 2)
    expect(addressOf('waiting')).to.equal(undefined)
    cluster.fault = undefined
    await hasAddress('waiting', '192.0.2.0')
  })

  it('tries again when a write fails, with the same address', async () => {
    putPool('blue', ['192.0.2.0/30'])
    let failures = 2
    cluster.fault = (_, { plural }) => (plural === 'services' && failures-- > 0 ? 500 : undefined)
    await start()
    putService('web')
    await hasAddress('web', '192.0.2.0')
    expect(serviceWrites()).to.have.length(3)
  })

  it('decides anew when the Service changed before the write', async () => {
    putPool('blue', ['192.0.2.0/30'])
    await start()
    cluster.fault = () => {
      cluster.fault = undefined
      cluster.change('services', 'default/web', { spec: { loadBalancerIP: '192.0.2.3' } })
      return undefined // the resourceVersion of the patch is old now
    }
    putService('web')
    await hasAddress('web', '192.0.2.3')
  })

  it('keeps the last good configuration while a pool is invalid, and says so', async () => {
    await startWithWeb(['192.0.2.0/30'])
    putPool('green', ['192.0.2.0-192.0.2.9'])
    const state = () => cluster.get<ConfigurationState>('configurationstates', `${namespace}/controller`)?.status
    await eventually('the state is Invalid', () => state()?.result === 'Invalid')
    expect(state()?.conditions?.[0]).to.include({ type: 'poolReconcilerValid', status: 'False' })
    expect(state()?.errorSummary).to.include('IPAddressPool green: spec.addresses[0]: "192.0.2.0-192.0.2.9" overlaps')
    expect((await metric('metallb_k8s_client_config_stale_bool'))?.[0]?.value).to.equal(1)
    putService('other')
    await hasAddress('other', '192.0.2.1')
    expect(addressOf('web')).to.equal('192.0.2.0')

    cluster.remove('ipaddresspools', `${namespace}/green`)
    await eventually('the state is Valid', () => state()?.result === 'Valid')
    expect((await metric('metallb_k8s_client_config_stale_bool'))?.[0]?.value).to.equal(0)
  })

  it('leaves Services alone while no configuration has ever been valid', async () => {
    putPool('blue', ['nonsense'])
    putService('web')
    cluster.change('services', 'default/web', { status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } })
    const reasons: string[] = []
    const starting = start({ notReady: (reason) => reasons.push(reason) })
    await eventually('a refusal', () => reasons.length > 0)
    cluster.change('services', 'default/web', { metadata: { labels: { any: 'change' } } })
    cluster.put('namespaces', { metadata: { name: 'another' } })
    expect(serviceWrites()).to.deep.equal([])
    putPool('blue', ['192.0.2.0/30'])
    await starting
    await eventually('adopted', () => service('web')?.metadata?.annotations?.[poolAnnotation] === 'blue')
    expect(addressOf('web')).to.equal('192.0.2.1')
    expect(serviceWrites()).to.have.length(1)
  })

  it('tells those who wait that the newest configuration is not in force, and when it is mended', async () => {
    const message = () => service('web')?.status?.conditions?.[0]?.message
    putPool('blue', ['192.0.2.0/32'])
    putService('web', {}, { annotations: { 'metallb.io/address-pool': 'green' } })
    await start()
    await eventually('it is told', () => message()?.includes('pool green is requested and does not exist') ?? false)
    putPool('green', ['192.0.2.0/31'])
    await eventually('it is told why', () => message()?.includes('IPAddressPool green: spec.addresses[0]') ?? false)
    cluster.remove('ipaddresspools', `${namespace}/green`)
    await eventually('it is told no more', () => !message()?.includes('An older configuration'))
    putPool('green', ['198.51.100.0/31'])
    await hasAddress('web', '198.51.100.0')
  })

  it('tells those without an address that no configuration has ever been valid', async () => {
    putPool('blue', ['nonsense'])
    putService('web')
    putService('other', { loadBalancerClass: 'example.org/other' })
    const starting = start()
    const condition = () => service('web')?.status?.conditions?.[0]
    await eventually('it is told', () => condition()?.reason === 'ConfigurationError')
    await eventually('by an event, too', () => eventsOf('web').includes('ConfigurationError'))
    expect(serviceWrites()).to.deep.equal(['PATCH services default/web'])
    putPool('blue', ['192.0.2.0/32'])
    await starting
    await hasAddress('web', '192.0.2.0')
    expect(condition()).to.include({ status: 'True', reason: 'Allocated' })
  })

  it('writes its state again when somebody deletes it', async () => {
    await start()
    const exists = () => cluster.get('configurationstates', `${namespace}/controller`) !== undefined
    await eventually('it is there', exists)
    cluster.remove('configurationstates', `${namespace}/controller`)
    await eventually('it is there again', exists)
  })

  it('moves Services whose namespace lost the label that let them in', async () => {
    const serviceAllocation = { namespaceSelectors: [{ matchLabels: { team: 'red' } }] }
    cluster.put('namespaces', { metadata: { name: 'default', labels: { team: 'red' } } })
    // Otherwise the pool would be pinned to nobody, and so open to explicit requests.
    cluster.put('namespaces', { metadata: { name: 'other', labels: { team: 'red' } } })
    putPool('open', ['198.51.100.0/30'])
    putPool('pinned', ['192.0.2.0/30'], { serviceAllocation })
    putService('web')
    await start()
    await hasAddress('web', '192.0.2.0')
    cluster.put('namespaces', { metadata: { name: 'default', labels: {} } })
    await hasAddress('web', '198.51.100.0')
  })

  it('serves only the Services of its class', async () => {
    putPool('blue', ['192.0.2.0/30'])
    await start({ loadBalancerClass: 'example.org/lb' })
    putService('none')
    putService('other', { loadBalancerClass: 'example.org/other' })
    putService('own', { loadBalancerClass: 'example.org/lb' })
    await hasAddress('own', '192.0.2.0')
    expect(addressOf('none')).to.equal(undefined)
    expect(addressOf('other')).to.equal(undefined)
  })

  it('is not ready, and says why, until a configuration is in force', async () => {
    putPool('blue', ['192.0.2.0/30'])
    putPool('overlapping', ['192.0.2.0/30'])
    const reasons: string[] = []
    let isReady = false
    const starting = start({ notReady: (reason) => reasons.push(reason) }).then(() => {
      isReady = true
    })
    await eventually('a reason', () => reasons.some((reason) => /^no config.* in force: .*overlapping/.test(reason)))
    expect(isReady).to.equal(false)
    cluster.remove('ipaddresspools', `${namespace}/overlapping`)
    await starting
  })

  it('is not ready, and says what for, until it has seen everything once', async () => {
    putPool('blue', ['192.0.2.0/30'])
    const reasons: string[] = []
    cluster.unreadable.add('ipreservations')
    const starting = start({ notReady: (reason) => reasons.push(reason) })
    await eventually('one is left', () => reasons.at(-1) === 'not seen yet: reservations')
    cluster.unreadable.clear()
    await starting
    expect(reasons[0]).to.match(/^not seen yet: services, pools, /)
  })

  it('counts in the status of the pool, once for a burst', async () => {
    putPool('blue', ['192.0.2.0/24', '2001:db8::/64'])
    await start()
    for (let number = 0; number < 10; number++) putService(`web-${number}`)
    const status = () => cluster.get<IPAddressPool>('ipaddresspools', `${namespace}/blue`)?.status
    await eventually('ten are counted', () => status()?.assignedIPv4 === 10)
    expect(status()).to.include({ availableIPv4: 246, assignedIPv6: 0, availableIPv6: 2 ** 63 })
    expect(cluster.writes.filter((write) => write.includes('ipaddresspools')).length).to.be.at.most(3)
  })

  it('counts what an IPReservation keeps as no longer available, though no Service changes', async () => {
    putPool('blue', ['192.0.2.0/30'])
    await start()
    const available = () => cluster.get<IPAddressPool>('ipaddresspools', `${namespace}/blue`)?.status?.availableIPv4
    await eventually('counted', () => available() === 4)
    const spec = { addresses: ['192.0.2.1'], namespace: 'shop' }
    cluster.put('ipreservations', { metadata: { name: 'kept', namespace }, spec })
    await eventually('counted again', () => available() === 3)
  })

  it('restores the counters when somebody else alters them', async () => {
    putPool('blue', ['192.0.2.0/24'])
    await start()
    const status = () => cluster.get<IPAddressPool>('ipaddresspools', `${namespace}/blue`)?.status
    await eventually('counted', () => status()?.availableIPv4 === 256)
    cluster.change('ipaddresspools', `${namespace}/blue`, { status: { availableIPv4: 1 } })
    await eventually('restored', () => status()?.availableIPv4 === 256)
  })

  it('has the series of a pool exactly as long as the pool', async () => {
    await startWithWeb(['192.0.2.0/30'])
    expect(await metric('metallb_allocator_addresses_in_use_total')).to.deep.equal([
      { labels: { pool: 'blue' }, value: 1 },
    ])
    cluster.remove('ipaddresspools', `${namespace}/blue`)
    await eventually('the Service lost its address', () => addressOf('web') === undefined)
    expect(await metric('metallb_allocator_addresses_in_use_total')).to.deep.equal([])
  })
})
