import type { V1Secret } from '@kubernetes/client-node'
import { expect } from 'chai'
import { silentLog } from '../kube/testing/silent-log.ts'
import { settle, VirtualClock } from '../kube/testing/virtual-clock.ts'
import { keepMemberlistSecret } from './memberlist-secret.ts'
import { FakeCluster } from './testing/fake-cluster.ts'

const names = { namespace: 'metallb-system', name: 'memberlist' }

describe('the secret of the speakers', () => {
  let cluster: FakeCluster
  let clock: VirtualClock
  let life: AbortController
  const keep = (deployment = '') =>
    keepMemberlistSecret({ client: cluster.client, ...names, deployment, signal: life.signal, log: silentLog, clock })
  const seconds = async (count: number) => {
    await clock.advance(count * 1_000)
    for (let turns = 0; turns < 5; turns++) await settle()
  }
  const secret = () => cluster.get<V1Secret>('secrets', 'metallb-system/memberlist')
  const key = () => Buffer.from(secret()?.data?.['secretkey'] ?? '', 'base64').toString()

  beforeEach(() => {
    cluster = new FakeCluster()
    clock = new VirtualClock()
    life = new AbortController()
  })
  afterEach(() => life.abort())

  it('is 16 random bytes in unpadded base64', async () => {
    await keep()
    expect(key()).to.match(/^[A-Za-z0-9+/]{22}$/)
    expect(Buffer.from(key(), 'base64')).to.have.length(16)
  })

  it('goes with the Deployment', async () => {
    cluster.put('deployments', { metadata: { namespace: names.namespace, name: 'controller' } })
    const uid = cluster.all<V1Secret>('deployments')[0]?.metadata?.uid
    await keep('controller')
    expect(secret()?.metadata?.ownerReferences).to.deep.equal([
      { apiVersion: 'apps/v1', kind: 'Deployment', name: 'controller', uid },
    ])
  })

  it('is left alone when there is one', async () => {
    await keep()
    const before = key()
    await keep()
    await seconds(300)
    expect(key()).to.equal(before)
  })

  it('is left alone also when somebody else makes one just before us', async () => {
    const theirs = { metadata: names, data: { secretkey: 'dGhlaXJz' } }
    cluster.fault = () => {
      cluster.fault = undefined
      cluster.put('secrets', theirs)
      return undefined
    }
    await keep()
    expect(key()).to.equal('theirs')
  })

  it('is made again within a minute when it has gone, whatever fails meanwhile', async () => {
    await keep()
    const before = key()
    cluster.remove('secrets', 'metallb-system/memberlist')
    cluster.fault = () => 500
    await seconds(60)
    expect(secret()).to.equal(undefined)
    cluster.fault = undefined
    await seconds(60)
    expect(key())
      .to.match(/^[A-Za-z0-9+/]{22}$/)
      .and.not.to.equal(before)
  })

  it('is not looked for any more when the process stops', async () => {
    await keep()
    cluster.remove('secrets', 'metallb-system/memberlist')
    life.abort()
    await seconds(300)
    expect(secret()).to.equal(undefined)
  })
})
