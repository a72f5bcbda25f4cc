import type { V1Secret } from '@kubernetes/client-node'
import { expect } from 'chai'
import { ensureMemberlistSecret } from './memberlist-secret.ts'
import { FakeCluster } from './testing/fake-cluster.ts'

const names = { namespace: 'metallb-system', name: 'memberlist' }

describe('the secret of the speakers', () => {
  let cluster: FakeCluster
  const { signal } = new AbortController()
  const ensure = (deployment = '') => ensureMemberlistSecret({ client: cluster.client, ...names, deployment, signal })
  const secret = () => cluster.get<V1Secret>('secrets', 'metallb-system/memberlist')
  const key = () => Buffer.from(secret()?.data?.['secretkey'] ?? '', 'base64').toString()

  beforeEach(() => {
    cluster = new FakeCluster()
  })

  it('is 16 random bytes in unpadded base64', async () => {
    expect(await ensure()).to.equal(true)
    expect(key()).to.match(/^[A-Za-z0-9+/]{22}$/)
    expect(Buffer.from(key(), 'base64')).to.have.length(16)
  })

  it('goes with the Deployment', async () => {
    cluster.put('deployments', { metadata: { namespace: names.namespace, name: 'controller' } })
    const uid = cluster.all<V1Secret>('deployments')[0]?.metadata?.uid
    await ensure('controller')
    expect(secret()?.metadata?.ownerReferences).to.deep.equal([
      { apiVersion: 'apps/v1', kind: 'Deployment', name: 'controller', uid },
    ])
  })

  it('is left alone when there is one', async () => {
    await ensure()
    const before = key()
    expect(await ensure()).to.equal(false)
    expect(key()).to.equal(before)
  })

  it('is left alone also when somebody else makes one just before us', async () => {
    const theirs = { metadata: names, data: { secretkey: 'dGhlaXJz' } }
    cluster.fault = () => {
      cluster.fault = undefined
      cluster.put('secrets', theirs)
      return undefined
    }
    expect(await ensure()).to.equal(false)
    expect(key()).to.equal('theirs')
  })
})
