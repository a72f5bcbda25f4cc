import { expect } from 'chai'
import type { Manifest } from '../cdk8s/manifest.ts'
import { surplus } from './surplus.ts'

const labels = { 'app.kubernetes.io/managed-by': 'metallb-operator' }
const owner = { apiVersion: 'metallb.io/v1beta1', kind: 'MetalLB', name: 'metallb', uid: 'u-1', controller: true }
const wanted: Manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'kept', namespace: 'lb' } }
const existing = (name: string, change: object = {}) => ({
  metadata: { name, namespace: 'lb', labels, ownerReferences: [owner], ...change },
})

describe('surplus', () => {
  const rows: [title: string, object: ReturnType<typeof existing>, deleted: boolean][] = [
    ['deletes what an earlier spec made', existing('old'), true],
    ['keeps what is desired', existing('kept'), false],
    ["keeps what MetalLB's operator left, which has no label of ours", existing('frr-k8s', { labels: {} }), false],
    ['keeps what somebody else owns', existing('theirs', { ownerReferences: [{ ...owner, uid: 'u-2' }] }), false],
    ['keeps what nobody owns', existing('free', { ownerReferences: undefined }), false],
    [
      'keeps what the resource owns without controlling it',
      existing('shared', { ownerReferences: [{ ...owner, controller: false }] }),
      false,
    ],
  ]
  for (const [title, object, deleted] of rows)
    it(title, () => expect(surplus('ConfigMap', [object], [wanted], 'u-1')).to.deep.equal(deleted ? [object] : []))

  it('does not take an object of one kind for one of another with the same name', () => {
    const object = existing('kept')
    expect(surplus('Deployment', [object], [wanted], 'u-1')).to.deep.equal([object])
  })
})
