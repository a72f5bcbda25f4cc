import { expect } from 'chai'
import { PoolSpace } from '../allocation/pool-space.ts'
import { pools } from '../allocation/testing/requests.ts'
import type { IPAddressPool } from '../crds/generated/types.ts'
import { ObjectStore } from '../kube/store.ts'
import { silentLog } from '../kube/testing/silent-log.ts'
import { VirtualClock } from '../kube/testing/virtual-clock.ts'
import { PoolStatusWriter } from './pool-status.ts'
import { FakeCluster } from './testing/fake-cluster.ts'

const namespace = 'metallb-system'

describe('the status of a pool', () => {
  it('is written once for any number of changes, and not again when it is right', async () => {
    const cluster = new FakeCluster()
    const clock = new VirtualClock()
    const store = new ObjectStore<IPAddressPool>()
    const [pool] = pools({ blue: ['192.0.2.0/24'] })
    const space = new PoolSpace(pool!)
    const writer = new PoolStatusWriter({
      ...{ client: cluster.client, namespace, store, log: silentLog, clock },
      find: (name) => (name === 'blue' ? space : undefined),
    })
    const fetch = () => store.apply(cluster.get<IPAddressPool>('ipaddresspools', `${namespace}/blue`)!)
    cluster.put('ipaddresspools', { metadata: { name: 'blue', namespace }, spec: { addresses: ['192.0.2.0/24'] } })
    fetch()

    for (let change = 0; change < 5; change++) writer.look('blue')
    await clock.advance(1_000)
    expect(cluster.writes).to.have.length(1)
    fetch()
    expect(store.get(`${namespace}/blue`)?.status).to.include({ availableIPv4: 256, assignedIPv4: 0 })

    writer.look('blue')
    writer.look('gone')
    await clock.advance(1_000)
    expect(cluster.writes).to.have.length(1)
    await writer.stop()
  })
})
