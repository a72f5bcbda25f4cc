import { expect } from 'chai'
import type { MetalLB } from '../crds/generated/types.ts'
import { ApiError, type KubeClient } from '../kube/client.ts'
import { nextConditions } from './conditions.ts'
import type { Health } from './health.ts'
import { reportHealth } from './status.ts'

const now = new Date('2026-01-01T00:00:00Z')
const available: Health = { state: 'available', message: 'all ready' }
const progressing: Health = { state: 'progressing', message: '0/1 ready' }
const metallb = (health?: Health): MetalLB => ({
  metadata: { name: 'metallb', namespace: 'lb', generation: 1 },
  spec: {},
  ...(health === undefined ? {} : { status: { conditions: nextConditions([], health, 1, now) } }),
})

describe('the status of a MetalLB resource', () => {
  it('is written when it does not say yet how things are', async () => {
    const { client, written } = serverWith(metallb())
    expect(await reportHealth(client, metallb(), available, now)).to.equal(true)
    expect(written[0]?.status?.conditions).to.deep.equal(nextConditions([], available, 1, now))
  })

  it('is not even read when the local copy says it already', async () => {
    const client = {} as KubeClient
    expect(await reportHealth(client, metallb(available), available, now)).to.equal(false)
  })

  it('is not written twice when the local copy is behind', async () => {
    const { client, written } = serverWith(metallb(available))
    expect(await reportHealth(client, metallb(progressing), available, now)).to.equal(false)
    expect(written).to.deep.equal([])
  })

  it('takes transition times from the API server, not from a local copy that is behind', async () => {
    const { client, written } = serverWith(metallb(available))
    const later = new Date('2026-01-02T00:00:00Z')
    await reportHealth(client, metallb(progressing), { ...available, message: '2/2 ready' }, later)
    expect(written[0]?.status?.conditions?.[0]).to.include({
      status: 'True',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    })
  })

  it('carries nothing but the conditions, so that no other field becomes ours', async () => {
    const { client, written } = serverWith(metallb())
    await reportHealth(client, metallb(), available, now)
    expect(Object.keys(written[0] ?? {})).to.have.members(['metadata', 'status'])
    expect(written[0]?.metadata).to.deep.equal({ name: 'metallb', namespace: 'lb' })
  })

  it('is no matter when the resource was deleted meanwhile', async () => {
    const { client } = serverWith(undefined)
    expect(await reportHealth(client, metallb(), available, now)).to.equal(false)
  })
})

function serverWith(stored: MetalLB | undefined) {
  const written: MetalLB[] = []
  const client = {
    async get() {
      if (stored === undefined) throw new ApiError('gone', { status: 404, reason: 'NotFound', code: 'refused' })
      return stored
    },
    async apply(_resource: unknown, object: MetalLB) {
      written.push(object)
      return object
    },
  } as unknown as KubeClient // the two verbs that reports use
  return { client, written }
}
