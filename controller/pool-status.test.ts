import { expect } from 'chai'
import { Allocator } from '../allocation/allocator.ts'
import type { PoolSpace } from '../allocation/pool-space.ts'
import { pools } from '../allocation/testing/requests.ts'
import type { IPAddressPool } from '../crds/generated/types.ts'
import { ObjectStore } from '../kube/store.ts'
import { silentLog } from '../kube/testing/silent-log.ts'
import { VirtualClock } from '../kube/testing/virtual-clock.ts'
import { PoolStatusWriter } from './pool-status.ts'
import type { Validity } from './pool-validity.ts'
import { FakeCluster } from './testing/fake-cluster.ts'

const namespace = 'metallb-system'
const key = `${namespace}/blue`
const valid: Validity = { status: 'True', reason: 'Valid', message: '' }
const faulty: Validity = { status: 'False', reason: 'ConfigurationError', message: 'ends before it starts' }

describe('the status of a pool', () => {
  let cluster: FakeCluster
  let clock: VirtualClock
  let store: ObjectStore<IPAddressPool>
  let space: PoolSpace | undefined
  let validity: Validity | undefined
  let writer: PoolStatusWriter
  const fetch = () => store.apply(cluster.get<IPAddressPool>('ipaddresspools', key)!)
  const status = () => cluster.get<IPAddressPool>('ipaddresspools', key)?.status
  const look = async () => {
    writer.look('blue')
    await clock.advance(1_000)
    fetch()
  }

  beforeEach(() => {
    cluster = new FakeCluster()
    clock = new VirtualClock()
    store = new ObjectStore<IPAddressPool>()
    const allocator = new Allocator()
    allocator.setPools(pools({ blue: ['192.0.2.0/24'] }))
    space = allocator.pool('blue')
    validity = valid
    writer = new PoolStatusWriter({
      ...{ client: cluster.client, namespace, store, log: silentLog, clock },
      find: (name) => (name === 'blue' ? space : undefined),
      validityOf: () => validity,
    })
    cluster.put('ipaddresspools', { metadata: { name: 'blue', namespace }, spec: { addresses: ['192.0.2.0/24'] } })
    fetch()
  })
  afterEach(() => writer.stop())

  it('is written once for any number of changes, and not again when it is right', async () => {
    for (let change = 0; change < 5; change++) writer.look('blue')
    await look()
    expect(cluster.writes).to.have.length(1)
    expect(status()).to.include({ availableIPv4: 256, assignedIPv4: 0 })

    writer.look('gone')
    await look()
    expect(cluster.writes).to.have.length(1)
  })

  it('is not written before it is known whether the pool is valid', async () => {
    validity = undefined
    await look()
    expect(cluster.writes).to.have.length(0)
  })

  it('has counters also while the pool has never been valid', async () => {
    space = undefined
    validity = faulty
    await look()
    expect(status()).to.include({ assignedIPv4: 0, assignedIPv6: 0, availableIPv4: 0, availableIPv6: 0 })
    expect(status()?.conditions?.[0]).to.include({ type: 'Valid', ...faulty })
  })

  it('says since when the pool is valid or not, whatever happens to the reason meanwhile', async () => {
    const since = () => status()?.conditions?.[0]?.lastTransitionTime
    await look()
    expect(since()).to.equal('2026-01-01T00:00:00Z')
    validity = { ...valid, reason: 'NotInForce' }
    await look()
    expect(status()?.conditions?.[0]).to.include({ reason: 'NotInForce', lastTransitionTime: '2026-01-01T00:00:00Z' })
    validity = faulty
    await look()
    expect(since()).to.equal('2026-01-01T00:00:02Z')
  })

  it('leaves the conditions of others', async () => {
    const foreign = { type: 'example.org/Audited', status: 'True', reason: 'Yes', message: '', lastTransitionTime: 'x' }
    cluster.change('ipaddresspools', key, { status: { conditions: [foreign] } })
    fetch()
    await look()
    expect(status()?.conditions?.map(({ type }) => type)).to.deep.equal(['example.org/Audited', 'Valid'])
  })
})
