import type { CoreV1Event, V1Service } from '@kubernetes/client-node'
import { expect } from 'chai'
import { Registry } from 'prom-client'
import type { AddressProbe, AddressProbeStatus, IPReservation } from '../../crds/generated/types.ts'
import { until } from '../../hack/lab/wait.ts'
import { systemClock } from '../../kube/clock.ts'
import { silentLog } from '../../kube/testing/silent-log.ts'
import { type Allocation, startAllocation } from '../start.ts'
import { FakeCluster } from '../testing/fake-cluster.ts'

const namespace = 'metallb-system'
const stranger = '02:00:00:00:00:99'

describe('a pool with probeBeforeUse', () => {
  let cluster: FakeCluster
  let allocation: Allocation

  const putPool = (spec: object) =>
    cluster.put('ipaddresspools', { metadata: { name: 'blue', namespace }, spec: { probeBeforeUse: true, ...spec } })
  const putService = (name: string, annotations: object = {}) =>
    cluster.put('services', {
      metadata: { name, namespace: 'default', annotations },
      spec: { type: 'LoadBalancer', clusterIPs: ['10.96.0.10'], ports: [{ port: 80 }] },
    })
  const service = (name: string) => cluster.get<V1Service>('services', `default/${name}`)
  const addressOf = (name: string) => service(name)?.status?.loadBalancer?.ingress?.[0]?.ip
  const reasonOf = (name: string) => service(name)?.status?.conditions?.[0]?.reason
  const eventsOf = (name: string) =>
    cluster.all<CoreV1Event>('events').filter(({ involvedObject }) => involvedObject.name === name)
  const questions = () =>
    cluster.all<AddressProbe>('addressprobes').filter(({ status }) => status?.result === undefined)
  const eventually = <T>(what: string, condition: () => T) =>
    until(what, condition, { timeoutMillis: 5_000, intervalMillis: 5 })

  /** As the speaker does, when it is asked for the address. */
  async function answer(address: string, status: AddressProbeStatus): Promise<void> {
    const question = await eventually(`a question for ${address}`, () =>
      questions().find(({ spec }) => spec.address === address),
    )
    cluster.change('addressprobes', `${namespace}/${question.metadata!.name}`, { status })
  }

  async function start(spec: object): Promise<void> {
    putPool(spec)
    allocation = startAllocation({
      ...{ client: cluster.client, namespace, loadBalancerClass: '', backend: 'native', podName: '' },
      ignoreExcludeLabel: false,
      ...{ election: undefined, registry: new Registry(), log: silentLog, clock: systemClock },
      notReady: () => undefined,
    })
    await allocation.ready
  }

  beforeEach(() => {
    cluster = new FakeCluster()
    const networks = [{ interface: 'eth0', prefix: '192.0.2.0/24' }]
    cluster.put('speakerstatuses', { metadata: { name: 'n1', namespace }, status: { networks } })
  })
  afterEach(() => allocation.stop())

  it('gives nothing before a speaker has asked, and says what it waits for', async () => {
    await start({ addresses: ['192.0.2.0/30'] })
    putService('web')
    await eventually('it is told', () => reasonOf('web') === 'Probing')
    expect(addressOf('web')).to.equal(undefined)
    expect(eventsOf('web')).to.deep.equal([])
    await answer('192.0.2.0', { result: 'Unanswered' })
    await eventually('it has the address', () => addressOf('web') === '192.0.2.0')
    expect(reasonOf('web')).to.equal('Allocated')
    await eventually('no question is left', () => cluster.all('addressprobes').length === 0)
  })

  it('passes over the address of a stranger, with one event that says who that is', async () => {
    await start({ addresses: ['192.0.2.0/30'] })
    putService('web')
    await answer('192.0.2.0', { result: 'Answered', hardwareAddresses: [stranger] })
    await answer('192.0.2.1', { result: 'Unanswered' })
    await eventually('it has the next address', () => addressOf('web') === '192.0.2.1')
    const events = await eventually('two events', () => eventsOf('web').length >= 2 && eventsOf('web'))
    expect(events.map(({ reason }) => reason)).to.deep.equal(['AddressInUse', 'IPAllocated'])
    expect(events[0]?.message).to.include(`by ${stranger}: it is set aside`)
  })

  it('leaves a Service its old address, and nobody else gets that, until the new one is known to be free', async () => {
    await start({ addresses: ['192.0.2.0/31'] })
    putService('web')
    await answer('192.0.2.0', { result: 'Unanswered' })
    await eventually('it has the first address', () => addressOf('web') === '192.0.2.0')
    putService('web', { 'metallb.io/loadBalancerIPs': '192.0.2.1' })
    await eventually('it is told', () => reasonOf('web') === 'Probing')
    putService('next')
    await eventually('the other one has to wait', () => reasonOf('next') === 'PoolExhausted')
    expect(addressOf('web')).to.equal('192.0.2.0')
    await answer('192.0.2.1', { result: 'Unanswered' })
    await eventually('it has the new address', () => addressOf('web') === '192.0.2.1')
    await answer('192.0.2.0', { result: 'Unanswered' })
    await eventually('the other one has the old address', () => addressOf('next') === '192.0.2.0')
  })

  it('keeps no address for a Service that it has not been given', async () => {
    const kept = () => cluster.all<IPReservation>('ipreservations').flatMap(({ spec }) => spec.addresses)
    cluster.put('ipaddresspools', {
      metadata: { name: 'green', namespace },
      spec: { addresses: ['198.51.100.0/30'], autoAssign: false, retainFor: '24h' },
    })
    await start({ addresses: ['192.0.2.0/30'], retainFor: '24h' })
    putService('web')
    await eventually('it is told', () => reasonOf('web') === 'Probing')
    putService('unprobed', { 'metallb.io/address-pool': 'green' })
    await eventually('an address is kept', () => kept().length > 0)
    expect(kept()).to.deep.equal(['198.51.100.0'])
    await answer('192.0.2.0', { result: 'Unanswered' })
    await eventually('its address is kept, too', () => kept().includes('192.0.2.0'))
  })
})
