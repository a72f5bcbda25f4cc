import { expect } from 'chai'
import type { ServiceL2Status } from '../crds/generated/types.ts'
import { newL2Status, planL2Status } from './l2-status.ts'

const owned = (name: string, node: string): ServiceL2Status => ({
  metadata: { namespace: 'metallb-system', name, labels: { 'metallb.io/node': node } },
})
const [mine, mineToo, other] = [owned('l2-a', 'n1'), owned('l2-b', 'n1'), owned('l2-c', 'n2')]
const status = { node: 'n1', serviceName: 'a', serviceNamespace: 'web' }

describe('planL2Status', () => {
  it('makes an object when this node announces and there is none', () => {
    expect(planL2Status('web/a', 'n1', 'all', [])).to.deep.equal({ remove: [], keep: { object: undefined, status } })
  })

  it('removes the objects of other nodes and its own surplus', () => {
    expect(planL2Status('web/a', 'n1', 'all', [other, mine, mineToo])).to.deep.equal({
      remove: [other, mineToo],
      keep: { object: mine, status },
    })
  })

  it('removes its own alone when this node does not announce', () => {
    expect(planL2Status('web/a', 'n1', undefined, [other, mine])).to.deep.equal({ remove: [mine], keep: undefined })
  })

  it('lists interfaces only where they are restricted', () => {
    const { keep } = planL2Status('web/a', 'n1', ['eth0', 'eth1'], [])
    expect(keep?.status).to.deep.equal({ ...status, interfaces: [{ name: 'eth0' }, { name: 'eth1' }] })
  })
})

describe('newL2Status', () => {
  it('can be found by node and Service, and goes with its pod', () => {
    const pod = { metadata: { name: 'speaker-x', uid: 'u' } }
    expect(newL2Status('metallb-system', status, pod)).to.deep.equal({
      apiVersion: 'metallb.io/v1beta1',
      kind: 'ServiceL2Status',
      metadata: {
        generateName: 'l2-',
        namespace: 'metallb-system',
        labels: {
          'metallb.io/node': 'n1',
          'metallb.io/service-name': 'a',
          'metallb.io/service-namespace': 'web',
        },
        ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'speaker-x', uid: 'u' }],
      },
      spec: {},
    })
  })

  it('has no owner outside a pod', () => {
    expect(newL2Status('metallb-system', status, undefined).metadata?.ownerReferences).to.deep.equal([])
  })
})
