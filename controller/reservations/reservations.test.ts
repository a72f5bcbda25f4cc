import type { CoreV1Event, V1Service } from '@kubernetes/client-node'
import { expect } from 'chai'
import { Registry } from 'prom-client'
import type { IPReservation } from '../../crds/generated/types.ts'
import { silentLog } from '../../kube/testing/silent-log.ts'
import { VirtualClock } from '../../kube/testing/virtual-clock.ts'
import { type Allocation, startAllocation } from '../start.ts'
import { FakeCluster } from '../testing/fake-cluster.ts'

const namespace = 'metallb-system'
const tenMinutes = 600_000

describe('reservations', () => {
  let cluster: FakeCluster
  let clock: VirtualClock
  let registry: Registry
  let running: Allocation | undefined

  const putPool = (name: string, addresses: string[], spec: object = { retainFor: '10m' }) =>
    cluster.put('ipaddresspools', { metadata: { name, namespace }, spec: { addresses, ...spec } })
  const putService = (name: string, spec: object = {}, metadata: object = {}) =>
    cluster.put('services', {
      metadata: { name, namespace: 'default', ...metadata },
      spec: { type: 'LoadBalancer', clusterIPs: ['10.96.0.10'], ports: [{ port: 80 }], ...spec },
    })
  const removeService = (name: string) => cluster.remove('services', `default/${name}`)
  const putReservation = (name: string, spec: object, metadata: object = {}) =>
    cluster.put('ipreservations', { metadata: { name, namespace, ...metadata }, spec })
  const reservation = (name: string) => cluster.get<IPReservation>('ipreservations', `${namespace}/${name}`)
  const written = (service: string) => reservation(`service.default.${service}`)
  const serviceOf = (name: string) => cluster.get<V1Service>('services', `default/${name}`)
  const addressOf = (name: string) => serviceOf(name)?.status?.loadBalancer?.ingress?.[0]?.ip
  const activeOf = (name: string) => reservation(name)?.status?.conditions?.[0]
  const eventsOf = (name: string) =>
    cluster.all<CoreV1Event>('events').filter((event) => event.involvedObject.name === name)
  const writes = (kind = 'ipreservations') =>
    cluster.writes.filter((write) => write.includes(` ${kind} `) || write.endsWith(` ${kind}`))
  const inMillis = (millis: number) => new Date(clock.wallTime().getTime() + millis).toISOString().replace('.000', '')

  async function start(): Promise<void> {
    registry = new Registry()
    const allocation = startAllocation({
      ...{ client: cluster.client, namespace, loadBalancerClass: '', backend: 'native', podName: '' },
      ignoreExcludeLabel: false,
      ...{ election: undefined, registry, notReady: () => undefined, log: silentLog, clock },
    })
    running = allocation
    await allocation.ready
    await rest()
  }
  /** Service web has the first address of pool blue, and all is written down. */
  async function startWithWeb(addresses: string[], spec?: object): Promise<void> {
    putPool('blue', addresses, spec)
    await start()
    putService('web')
    await rest()
  }
  async function stop(): Promise<void> {
    const stopping = running?.stop()
    running = undefined
    await clock.advance(1_000)
    await stopping
  }
  /** Time for all that is to be written; the API server answers at once. */
  const rest = () => clock.advance(2_000)

  beforeEach(() => {
    cluster = new FakeCluster()
    clock = new VirtualClock()
  })
  afterEach(stop)

  describe('of a pool with retainFor', () => {
    it('is written once for each Service, after the address, and owned by nobody', async () => {
      await startWithWeb(['192.0.2.0/30'])
      expect(written('web')?.spec).to.deep.equal({
        service: { namespace: 'default', name: 'web' },
        addresses: ['192.0.2.0'],
      })
      expect(written('web')?.metadata?.labels).to.deep.equal({
        'app.kubernetes.io/managed-by': 'metallb-controller',
        'metallb.io/service-namespace': 'default',
        'metallb.io/service-name': 'web',
      })
      expect(written('web')?.metadata).not.to.have.property('ownerReferences')
      expect([...writes('services'), ...writes()]).to.deep.equal(['PATCH services default/web', 'POST ipreservations'])
      expect(cluster.writes.indexOf('POST ipreservations')).to.be.above(
        cluster.writes.indexOf('PATCH services default/web'),
      )
    })

    it('is of both addresses of a Service with two', async () => {
      putPool('blue', ['192.0.2.0/30', '2001:db8::/126'])
      await start()
      putService('web', { clusterIPs: ['10.96.0.10', 'fd00::10'], ipFamilyPolicy: 'RequireDualStack' })
      await rest()
      expect(written('web')?.spec.addresses).to.deep.equal(['192.0.2.0', '2001:db8::'])
    })

    it('is not written again after a restart', async () => {
      putPool('blue', ['192.0.2.0/24'])
      await start()
      for (let index = 0; index < 20; index++) putService(`web-${index}`)
      await rest()
      removeService('web-3')
      await rest()
      await stop()
      cluster.writes.length = 0
      await start()
      expect(cluster.writes.filter((write) => !write.includes('ipaddresspools'))).to.deep.equal([])
    })

    it('gives a Service that is created again its address, which nobody gets meanwhile', async () => {
      await startWithWeb(['192.0.2.0/30'])
      removeService('web')
      await rest()
      expect(written('web')?.spec.expiresAt).to.equal('2026-01-01T00:10:04Z')
      expect(activeOf('service.default.web')).to.include({ status: 'True', reason: 'Reserved' })
      expect(written('web')?.status?.expiresAt).to.equal('2026-01-01T00:10:04Z')
      const reserved = await registry.getSingleMetric('metallb_allocator_reserved_addresses')?.get()
      expect(reserved?.values).to.deep.equal([{ labels: { pool: 'blue' }, value: 1 }])
      putService('a-stranger')
      await rest()
      expect(addressOf('a-stranger')).to.equal('192.0.2.1')
      putService('web')
      await rest()
      expect(addressOf('web')).to.equal('192.0.2.0')
      expect(written('web')?.spec).not.to.have.property('expiresAt')
    })

    it('keeps the address of a Service that is created again at once, whoever comes in between', async () => {
      await startWithWeb(['192.0.2.0/31'])
      removeService('web')
      putService('a-stranger')
      putService('web')
      await rest()
      expect([addressOf('web'), addressOf('a-stranger')]).to.deep.equal(['192.0.2.0', '192.0.2.1'])
    })

    it('keeps the address also before it is written down', async () => {
      putPool('blue', ['192.0.2.0/31'])
      cluster.fault = (_, { plural }) => (plural === 'ipreservations' ? 500 : undefined)
      await start()
      putService('web')
      await clock.advance(10)
      removeService('web')
      await clock.advance(10)
      putService('a-stranger')
      await clock.advance(10)
      expect(addressOf('a-stranger')).to.equal('192.0.2.1')
      cluster.fault = undefined
      await clock.advance(10_000)
      expect(written('web')?.spec.expiresAt).to.equal('2026-01-01T00:10:03Z')
    })

    it('ends after the time, and is removed; who waits gets the address', async () => {
      await startWithWeb(['192.0.2.0/32'])
      removeService('web')
      putService('waiting')
      await rest()
      expect(addressOf('waiting')).to.equal(undefined)
      await clock.advance(tenMinutes - 10_000)
      expect(addressOf('waiting')).to.equal(undefined)
      await clock.advance(20_000)
      expect(addressOf('waiting')).to.equal('192.0.2.0')
      expect(written('web')).to.equal(undefined)
      expect(written('waiting')?.spec.addresses).to.deep.equal(['192.0.2.0'])
    })

    it('gives the address back to a Service that was deleted and created while no controller ran', async () => {
      await startWithWeb(['192.0.2.0/30'])
      await stop()
      removeService('web')
      putService('a-stranger')
      putService('web')
      cluster.writes.length = 0
      await start()
      expect([addressOf('web'), addressOf('a-stranger')]).to.deep.equal(['192.0.2.0', '192.0.2.1'])
      expect(writes()).to.deep.equal(['POST ipreservations'])
    })

    it('ends, from the start on, for a Service that was deleted while no controller ran', async () => {
      await startWithWeb(['192.0.2.0/30'])
      await stop()
      removeService('web')
      await clock.advance(3_600_000)
      await start()
      expect(written('web')?.spec.expiresAt).to.equal('2026-01-01T01:10:05Z')
    })

    it('is removed at the start when its time has passed', async () => {
      await startWithWeb(['192.0.2.0/30'])
      removeService('web')
      await rest()
      await stop()
      await clock.advance(tenMinutes)
      putService('a-stranger')
      await start()
      expect(addressOf('a-stranger')).to.equal('192.0.2.0')
      expect(written('web')).to.equal(undefined)
    })

    it('lets go of an address that the Service leaves', async () => {
      await startWithWeb(['192.0.2.0/30'])
      cluster.change('services', 'default/web', { spec: { loadBalancerIP: '192.0.2.3' } })
      await rest()
      expect(written('web')?.spec.addresses).to.deep.equal(['192.0.2.3'])
      putService('next')
      await rest()
      expect(addressOf('next')).to.equal('192.0.2.0')
    })

    it('ends for a Service that is no LoadBalancer any more, and which gets the address when it is one again', async () => {
      await startWithWeb(['192.0.2.0/30'])
      cluster.change('services', 'default/web', { spec: { type: 'ClusterIP' } })
      await rest()
      expect(written('web')?.spec).to.have.property('expiresAt')
      putService('a-stranger')
      await rest()
      cluster.change('services', 'default/web', { spec: { type: 'LoadBalancer' } })
      await rest()
      expect([addressOf('web'), addressOf('a-stranger')]).to.deep.equal(['192.0.2.0', '192.0.2.1'])
      expect(written('web')?.spec).not.to.have.property('expiresAt')
    })

    it('begins and ends with retainFor of the pool; for those who are gone it stays until its end', async () => {
      putPool('blue', ['192.0.2.0/30'], {})
      await start()
      for (const name of ['gone', 'here']) putService(name)
      await rest()
      expect(writes()).to.deep.equal([])
      putPool('blue', ['192.0.2.0/30'])
      await rest()
      expect(written('here')?.spec.addresses).to.deep.equal(['192.0.2.1'])
      removeService('gone')
      await rest()
      putPool('blue', ['192.0.2.0/30'], {})
      await rest()
      expect(written('here')).to.equal(undefined)
      expect(written('gone')?.spec).to.have.property('expiresAt')
      await clock.advance(tenMinutes)
      expect(written('gone')).to.equal(undefined)
    })

    it('gives everybody the same address when the pool is removed and comes back', async () => {
      putPool('blue', ['192.0.2.0/30'])
      await start()
      for (const name of ['a', 'b', 'c']) putService(name)
      await rest()
      const before = ['a', 'b', 'c'].map(addressOf)
      removeService('a')
      await rest()
      cluster.remove('ipaddresspools', `${namespace}/blue`)
      await rest()
      expect(addressOf('b')).to.equal(undefined)
      putService('a')
      putService('0-first')
      await rest()
      putPool('blue', ['192.0.2.0/30'])
      await rest()
      expect(['a', 'b', 'c'].map(addressOf)).to.deep.equal(before)
    })

    it('is written in the end, whatever fails at first', async () => {
      const answers = [500, 409, 403]
      cluster.fault = (_, { plural }) => (plural === 'ipreservations' ? answers.pop() : undefined)
      await startWithWeb(['192.0.2.0/30'])
      putService('web', { loadBalancerIP: '192.0.2.2' }) // after a 409 the watch has something to show
      await rest()
      expect(written('web')?.spec.addresses).to.deep.equal(['192.0.2.2'])
    })

    it('is put right when somebody edits or removes it while the Service has the address', async () => {
      await startWithWeb(['192.0.2.0/30'])
      const name = 'service.default.web'
      cluster.change('ipreservations', `${namespace}/${name}`, {
        spec: { addresses: ['192.0.2.9'], expiresAt: inMillis(1_000) },
      })
      await rest()
      expect(reservation(name)?.spec)
        .to.deep.include({ addresses: ['192.0.2.0'] })
        .and.not.to.have.property('expiresAt')
      cluster.remove('ipreservations', `${namespace}/${name}`)
      await rest()
      expect(reservation(name)?.spec.addresses).to.deep.equal(['192.0.2.0'])
    })

    it('ends when a user says so, once the Service is gone', async () => {
      putPool('blue', ['192.0.2.0/30'])
      await start()
      for (const name of ['longer', 'not']) putService(name)
      await rest()
      for (const name of ['longer', 'not']) removeService(name)
      await rest()
      const expiresAt = inMillis(5 * tenMinutes)
      cluster.change('ipreservations', `${namespace}/service.default.longer`, { spec: { expiresAt } })
      cluster.remove('ipreservations', `${namespace}/service.default.not`)
      await clock.advance(2 * tenMinutes)
      putService('a')
      putService('b')
      await rest()
      expect(written('longer')?.spec.expiresAt).to.equal(expiresAt)
      expect(['a', 'b'].map(addressOf)).to.deep.equal(['192.0.2.1', '192.0.2.2'])
      await clock.advance(3 * tenMinutes)
      expect(written('longer')).to.equal(undefined)
    })

    it('is not removed when a user puts off its end in that very moment', async () => {
      await startWithWeb(['192.0.2.0/30'])
      removeService('web')
      await rest()
      const expiresAt = inMillis(5 * tenMinutes)
      cluster.fault = ({ method }) => {
        if (method !== 'DELETE') return undefined
        cluster.fault = undefined
        cluster.change('ipreservations', `${namespace}/service.default.web`, { spec: { expiresAt } })
        return undefined // the resourceVersion of the request is old now
      }
      await clock.advance(2 * tenMinutes)
      expect(cluster.writes).to.include(`DELETE ipreservations ${namespace}/service.default.web`)
      putService('a-stranger')
      await rest()
      expect(written('web')?.spec.expiresAt).to.equal(expiresAt)
      expect(addressOf('a-stranger')).to.equal('192.0.2.1')
    })

    it('is written by the next leader when this one could not', async () => {
      putPool('blue', ['192.0.2.0/30'])
      await start()
      cluster.fault = (_, { plural }) => (plural === 'ipreservations' ? 503 : undefined)
      putService('web')
      await rest()
      await stop()
      expect(written('web')).to.equal(undefined)
      cluster.fault = undefined
      await start()
      expect(written('web')?.spec.addresses).to.deep.equal(['192.0.2.0'])
    })

    for (const spec of [
      { addresses: ['192.0.2.3'], namespace: 'other' },
      { addresses: ['192.0.2.3'], service: { namespace: 'default', name: 'web' } },
    ]) {
      it(`leaves alone what a user has written under its name: ${JSON.stringify(spec)}`, async () => {
        putPool('blue', ['192.0.2.0/30'])
        putReservation('service.default.web', spec)
        await start()
        putService('web')
        await rest()
        removeService('web')
        await rest()
        expect(reservation('service.default.web')?.spec).to.deep.equal(spec)
        expect(activeOf('service.default.web')?.reason).to.equal('Reserved')
      })
    }
  })

  describe('of a user', () => {
    it('is for whom it says, from the start on', async () => {
      putPool('blue', ['192.0.2.0/30'], {})
      putReservation('shop', { addresses: ['192.0.2.0'], serviceSelector: { matchLabels: { app: 'shop' } } })
      putReservation('team', { addresses: ['192.0.2.1'], namespace: 'team' })
      putService('a-stranger')
      await start()
      expect(addressOf('a-stranger')).to.equal('192.0.2.2')
      putService('shop', {}, { labels: { app: 'shop' } })
      putService('one', {}, { namespace: 'team' })
      await rest()
      expect(addressOf('shop')).to.equal('192.0.2.0')
      expect(cluster.get<V1Service>('services', 'team/one')?.status?.loadBalancer?.ingress).to.deep.equal([
        { ip: '192.0.2.1' },
      ])
      expect(activeOf('team')).to.include({ status: 'True', reason: 'Reserved', message: 'kept for namespace team' })
    })

    it('refuses a stranger who asks for the address, by condition and event', async () => {
      putPool('blue', ['192.0.2.0/30'], {})
      putReservation('team', { addresses: ['192.0.2.1'], namespace: 'team' })
      await start()
      putService('web', { loadBalancerIP: '192.0.2.1' })
      await rest()
      const message = '192.0.2.1 is kept for namespace team by IPReservation team'
      expect(serviceOf('web')?.status?.conditions?.[0]).to.include({ status: 'False', reason: 'Reserved', message })
      expect(eventsOf('web').map((event) => event.message)).to.deep.equal([`no address for default/web: ${message}`])
      cluster.remove('ipreservations', `${namespace}/team`)
      await rest()
      expect(addressOf('web')).to.equal('192.0.2.1')
    })

    it('says who has the address already, and counts when that one leaves it', async () => {
      await startWithWeb(['192.0.2.0/30'], {})
      putReservation('team', { addresses: ['192.0.2.0/31'], namespace: 'team' })
      await rest()
      expect(activeOf('team')).to.include({ status: 'False', reason: 'InUseByOther' })
      expect(activeOf('team')?.message).to.include('192.0.2.0 by default/web')
      expect(eventsOf('team').map(({ reason }) => reason)).to.deep.equal(['InUseByOther'])
      expect(addressOf('web')).to.equal('192.0.2.0')
      removeService('web')
      await rest()
      expect(activeOf('team')).to.include({ status: 'True', reason: 'Reserved' })
      putService('web')
      await rest()
      expect(addressOf('web')).to.equal('192.0.2.2')
    })

    it('holds nothing after its end, stays, and says so', async () => {
      putPool('blue', ['192.0.2.0/31'], {})
      putReservation('team', { addresses: ['192.0.2.0/31'], namespace: 'team', expiresAt: inMillis(tenMinutes) })
      putService('web')
      await start()
      expect(addressOf('web')).to.equal(undefined)
      expect(reservation('team')?.status?.expiresAt).to.equal('2026-01-01T00:10:00Z')
      await clock.advance(tenMinutes)
      expect(addressOf('web')).to.equal('192.0.2.0')
      expect(activeOf('team')).to.include({ status: 'False', reason: 'Expired' })
      cluster.writes.length = 0
      await stop()
      await start()
      expect(writes()).to.deep.equal([])
      cluster.change('ipreservations', `${namespace}/team`, { spec: { expiresAt: inMillis(tenMinutes) } })
      await rest()
      expect(activeOf('team')?.reason).to.equal('InUseByOther')
    })

    it('that is wrong is told what is wrong, once', async () => {
      putPool('blue', ['192.0.2.0/31'], {})
      putReservation('team', { addresses: ['192.0.2.9-192.0.2.1'], namespace: 'team' })
      putReservation('fine', { addresses: ['192.0.2.0'], namespace: 'team' })
      await start()
      expect(activeOf('team')).to.include({ status: 'False', reason: 'InvalidSpec' })
      expect(activeOf('team')?.message).to.match(/^IPReservation team: spec.addresses\[0\]: "192.0.2.9-192.0.2.1"/)
      expect(activeOf('fine')?.status).to.equal('True')
      await stop()
      await start()
      expect(eventsOf('team').map(({ reason, count }) => [reason, count])).to.deep.equal([['ConfigurationError', 1]])
    })
  })
})
