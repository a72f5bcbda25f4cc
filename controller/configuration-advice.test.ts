import type { CoreV1Event } from '@kubernetes/client-node'
import { expect } from 'chai'
import { spy } from 'sinon'
import { until } from '../hack/lab/wait.ts'
import { systemClock } from '../kube/clock.ts'
import type { KubeObject } from '../kube/object.ts'
import { startReflectors, stopReflectors } from '../kube/reflector-set.ts'
import { silentLog } from '../kube/testing/silent-log.ts'
import { advisedStores } from './advised-objects.ts'
import { startAdvice } from './configuration-advice.ts'
import { FakeCluster } from './testing/fake-cluster.ts'
import { openWatches, type Watches } from './watches.ts'

const namespace = 'metallb-system'

describe('the advice on configuration', () => {
  let cluster: FakeCluster
  let watches: Watches
  let endAdvice: () => void
  let told: string[]

  const put = (plural: string, name: string, spec: object, metadata: object = {}) =>
    cluster.put(plural, { metadata: { name, namespace, ...metadata }, spec })
  const peer = (name: string, spec: object) =>
    put('bgppeers', name, { myASN: 64512, peerASN: 64513, peerAddress: '192.0.2.1', ...spec })
  const isTold = (text: string) =>
    until(`an event with ${text}`, () => told.some((line) => line.includes(text)), {
      timeoutMillis: 5_000,
      intervalMillis: 5,
    })
  const emit = ({ apiVersion, kind, metadata }: KubeObject, event: Pick<CoreV1Event, 'type' | 'reason' | 'message'>) =>
    told.push(`${event.type} ${apiVersion} ${kind} ${metadata?.name} ${event.reason} ${event.message}`)

  beforeEach(async () => {
    cluster = new FakeCluster()
    told = []
    const common = { client: cluster.client, namespace, log: silentLog, clock: systemClock }
    watches = openWatches(common)
    await startReflectors(watches)
    const events = { emit: (...event: Parameters<typeof emit>) => void emit(...event) }
    endAdvice = startAdvice({ namespace, stores: advisedStores(watches), backend: 'native', events })
  })
  afterEach(async () => {
    endAdvice()
    await stopReflectors(watches)
  })

  it('tells each object at fault, once', async () => {
    peer('r1', { holdTime: '1s' })
    put('ipaddresspools', 'p', { addresses: ['nonsense'] })
    put('communities', 'c', { communities: [{ name: 'x', value: 'y' }] })
    await isTold('BGPPeer r1')
    await isTold('IPAddressPool p')
    await isTold('Community c')
    peer('r2', { peerASN: 0 })
    await isTold('BGPPeer r2')
    expect(told.map((line) => line.split(':')[0])).to.have.members([
      'Warning metallb.io/v1beta2 BGPPeer r1 ConfigurationError BGPPeer r1',
      'Warning metallb.io/v1beta1 IPAddressPool p ConfigurationError IPAddressPool p',
      'Warning metallb.io/v1beta1 Community c ConfigurationError Community c',
      'Warning metallb.io/v1beta2 BGPPeer r2 ConfigurationError BGPPeer r2',
    ])
  })

  it('warns of what works all the same', async () => {
    peer('r', { holdTime: '0s', keepaliveTime: '0s' })
    await isTold('ConfigurationWarning BGPPeer r: spec.holdTime: "0s" turns the timers of the session off')
  })

  it('tells again what came back', async () => {
    peer('r', { peerASN: 0 })
    await isTold('spec.peerASN')
    peer('r', { peerASN: 1 })
    peer('other', { peerASN: 0 })
    await isTold('BGPPeer other')
    peer('r', { peerASN: 0 })
    await until('it is told twice', () => told.filter((line) => line.includes('BGPPeer r:')).length === 2)
  })

  it('follows the labels of pools and nodes, and the ConfigMap for FRR', async () => {
    const advertise = (name: string, localPref: number) =>
      put('bgpadvertisements', name, { localPref, ipAddressPoolSelectors: [{ matchLabels: { k: 'v' } }] })
    put('ipaddresspools', 'p', { addresses: ['198.51.100.0/24'] })
    advertise('a1', 100)
    advertise('a2', 200)
    cluster.put('nodes', { metadata: { name: 'n1' } })
    cluster.change('ipaddresspools', `${namespace}/p`, { metadata: { labels: { k: 'v' } } })
    await isTold('BGPAdvertisement a2')
    cluster.put('configmaps', { metadata: { name: 'bgpextras', namespace }, data: { extras: 'log stdout' } })
    await isTold('Warning v1 ConfigMap bgpextras ConfigurationError ConfigMap bgpextras: data.extras')
  })

  it('does not look at the configuration again for a Service', async () => {
    peer('q', { peerASN: 0 })
    await isTold('BGPPeer q')
    const read = spy(watches.nodes.store, 'values')
    cluster.put('services', { metadata: { name: 'web', namespace: 'default' }, spec: { type: 'LoadBalancer' } })
    await until('the Service is there', () => watches.services.store.size === 1)
    peer('r', { peerASN: 0 })
    await isTold('BGPPeer r')
    expect(read.callCount).to.equal(1)
  })

  it('does not judge passwords, which the controller may not read', async () => {
    peer('r', { passwordSecret: { name: 'absent' } })
    peer('s', { peerASN: 0 })
    await isTold('BGPPeer s')
    expect(told).to.have.length(1)
  })
})
