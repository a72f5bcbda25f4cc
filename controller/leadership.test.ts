import type { V1Lease, V1Service } from '@kubernetes/client-node'
import { expect } from 'chai'
import { until } from '../hack/lab/wait.ts'
import type { ApiRequest } from '../kube/request.ts'
import { FakeCluster } from './testing/fake-cluster.ts'
import { Replica, replicaLease } from './testing/replica.ts'

const namespace = 'metallb-system'
const leaseMillis = 1_000
const timings = { leaseDurationMillis: leaseMillis, renewDeadlineMillis: 700, retryPeriodMillis: 100 }

describe('several controllers', () => {
  let cluster: FakeCluster
  const replicas: Replica[] = []

  const eventually = (what: string, condition: () => boolean | Promise<boolean>, timeoutMillis = 5_000) =>
    until(what, condition, { timeoutMillis, intervalMillis: 5 })
  const putPool = (addresses: string[]) =>
    cluster.put('ipaddresspools', { metadata: { name: 'blue', namespace }, spec: { addresses } })
  const putService = (name: string, type = 'LoadBalancer') => {
    const spec = { type, clusterIPs: ['10.96.0.10'], ports: [{ port: 80 }] }
    cluster.put('services', { metadata: { name, namespace: 'default' }, spec })
  }
  const service = (name: string) => cluster.get<V1Service>('services', `default/${name}`)
  const addressOf = (name: string) => service(name)?.status?.loadBalancer?.ingress?.[0]?.ip
  /** The leader has been at work for so many retry periods more. */
  const renewals = (count: number) => {
    const isRenewal = (write: string) => write.includes(' leases ')
    const seen = cluster.writes.length
    return eventually(`${count} renewals`, () => cluster.writes.slice(seen).filter(isRenewal).length >= count)
  }
  const has = (name: string, address: string) => eventually(`${name} has ${address}`, () => addressOf(name) === address)
  const holder = () => cluster.get<V1Lease>('leases', `${namespace}/${replicaLease}`)?.spec?.holderIdentity
  const leads = ({ name }: Replica, timeoutMillis = 5_000) =>
    eventually(`${name} leads`, () => holder() === name, timeoutMillis)
  const toServices = (sent: readonly string[]) => sent.filter((what) => what.includes(' services '))
  const isPatchOf = (name: string) => (request: ApiRequest) => request.what === `patch services default/${name}`

  async function start(name: string): Promise<Replica> {
    const replica = new Replica({ client: cluster.client, namespace, loadBalancerClass: '', name, timings })
    replicas.push(replica)
    await replica.allocation.ready
    return replica
  }

  beforeEach(() => {
    cluster = new FakeCluster()
    putPool(['192.0.2.0/31'])
  })
  afterEach(async () => {
    for (const replica of replicas) replica.thaw()
    await Promise.all(replicas.splice(0).map(({ allocation }) => allocation.stop()))
  })

  it('are all ready, and one of them writes', async () => {
    const a = await start('a')
    const b = await start('b')
    putService('web')
    await has('web', '192.0.2.0')
    expect(holder()).to.equal('a')
    await eventually('the pool is counted', () => a.sent.some((what) => what.includes('ipaddresspools')))
    expect(b.sent).to.deep.equal([])
  })

  it('tell in a metric who leads, and only the leader tells what pools hold', async () => {
    const a = await start('a')
    const b = await start('b')
    expect([await a.metric('metallb_controller_leader'), await b.metric('metallb_controller_leader')]).to.eql([1, 0])
    expect(await a.metric('metallb_allocator_addresses_total')).to.equal(2)
    expect(await b.metric('metallb_allocator_addresses_total')).to.equal(undefined)
    for (const replica of [a, b]) expect(await replica.metric('metallb_k8s_client_config_loaded_bool')).to.equal(1)
  })

  it('hand over at once at an orderly end, and no address changes', async () => {
    const a = await start('a')
    putService('web')
    await has('web', '192.0.2.0')
    const b = await start('b')
    const before = service('web')
    const startedMillis = performance.now()
    const stopped = a.allocation.stop()
    putService('later')
    await has('later', '192.0.2.1')
    expect(performance.now() - startedMillis).to.be.below(1_000)
    await stopped
    expect(holder()).to.equal('b')
    expect(service('web')).to.deep.equal(before)
    expect(toServices(b.sent)).to.deep.equal(['patch services default/later'])
  })

  it('let what is being written end before the lease is given back', async () => {
    const a = await start('a')
    const b = await start('b')
    a.holdsBack = isPatchOf('web')
    putService('web')
    await eventually('the write is under way', () => a.held.length === 1)
    const stopped = a.allocation.stop()
    for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate) // the cluster answers within one
    expect(holder()).to.equal('a')
    a.thaw()
    await stopped
    expect(a.sent.filter((what) => !what.includes(' events ')).slice(-2)).to.deep.equal([
      'patch services default/web',
      `update leases ${namespace}/metallb-controller`,
    ])
    await leads(b)
    expect(addressOf('web')).to.equal('192.0.2.0')
    expect(toServices(b.sent)).to.deep.equal([])
  })

  it('send nothing after a pause in which the lease ran out', async () => {
    const a = await start('a')
    a.holdsBack = ({ what }) => what.includes(' leases ')
    a.missedMillis = timings.renewDeadlineMillis
    putService('web')
    await eventually('a write is refused', () =>
      a.refused.some((what) => what.startsWith('patch services default/web')),
    )
    expect(toServices(a.sent)).to.deep.equal([])
    a.thaw()
    await has('web', '192.0.2.0')
  })

  it('go on within the lease time when the leader is gone without a word', async () => {
    const a = await start('a')
    const b = await start('b')
    a.freeze()
    const startedMillis = performance.now()
    await leads(b)
    expect(performance.now() - startedMillis).to.be.below(leaseMillis + 200)
    putService('web')
    await has('web', '192.0.2.0')
  })

  it('do not wait when the one that is gone comes back under its name', async () => {
    const a = await start('a')
    a.freeze()
    putService('web')
    await start('a')
    expect(await has('web', '192.0.2.0')).to.equal(true)
  })

  it('write nothing but the lease when they start again', async () => {
    const a = await start('a')
    for (const name of ['one', 'two', 'waiting']) putService(name)
    await has('two', '192.0.2.1')
    await eventually('all is said', async () => {
      const before = cluster.writes.length
      await renewals(3)
      return cluster.writes.slice(before).every((write) => write.includes(' leases '))
    })
    await a.allocation.stop()
    cluster.writes.length = 0
    const again = await start('a')
    await leads(again)
    await renewals(3) // one each 100 ms; pools are counted after 200
    expect(cluster.writes.filter((write) => !write.includes(' leases '))).to.deep.equal([])
  })

  it('stop writing without a connection, and lead again later, with nothing forgotten and nothing invented', async () => {
    const a = await start('a')
    putService('web')
    await has('web', '192.0.2.0')
    a.freeze()
    await eventually('it stopped leading', async () => (await a.metric('metallb_controller_leader')) === 0)
    const before = service('web')
    a.thaw()
    putService('later')
    await has('later', '192.0.2.1')
    expect(await a.metric('metallb_controller_leader')).to.equal(1)
    expect(service('web')).to.deep.equal(before)
  })

  describe('when the leader was paused between its last check and the send', () => {
    let paused: Replica
    let next: Replica

    /** The paused one is about to give 192.0.2.0 to `late`, the next one has given it to `rival`, which it looks at first. */
    async function pause(): Promise<void> {
      putService('rival', 'ClusterIP')
      paused = await start('paused')
      next = await start('next')
      paused.holdsBack = isPatchOf('late')
      putService('late')
      await eventually('it is about to write', () => paused.held.length === 1)
      paused.freeze()
      cluster.change('services', 'default/rival', { spec: { type: 'LoadBalancer' } })
      next.holdsBack = isPatchOf('late')
      await leads(next)
      await has('rival', '192.0.2.0')
    }

    it('its write is refused where the next leader has written meanwhile', async () => {
      await pause()
      next.thaw()
      await has('late', '192.0.2.1')
      const before = service('late')
      paused.thaw()
      await eventually('it was sent', () => paused.sent.includes('patch services default/late'))
      expect(service('late')).to.deep.equal(before)
    })

    it('its write is undone where the next leader has not', async () => {
      await pause()
      paused.thaw()
      await has('late', '192.0.2.0') // held twice now
      expect(addressOf('rival')).to.equal('192.0.2.0')
      const startedMillis = performance.now()
      next.thaw()
      await has('late', '192.0.2.1')
      expect(performance.now() - startedMillis).to.be.below(1_000)
      expect(addressOf('rival')).to.equal('192.0.2.0')
    })

    it('its write is undone also where there is no other address', async () => {
      putPool(['192.0.2.0/32'])
      await pause()
      paused.thaw()
      await has('late', '192.0.2.0')
      const startedMillis = performance.now()
      next.thaw()
      await eventually('late has none', () => addressOf('late') === undefined)
      expect(performance.now() - startedMillis).to.be.below(1_000)
      expect(addressOf('rival')).to.equal('192.0.2.0')
    })
  })
})
