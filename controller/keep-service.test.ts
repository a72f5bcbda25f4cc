import type { V1Service } from '@kubernetes/client-node'
import { expect } from 'chai'
import { keepService } from './keep-service.ts'

const condition = { type: 'metallb.io/Allocated', status: 'True', reason: 'Allocated', message: 'an address' }
const announced = { type: 'metallb.io/Announced', status: 'False', reason: 'NoSpeaker', message: 'none' }
const service = (type: string): V1Service => ({
  metadata: {
    ...{ name: 'web', namespace: 'default', uid: 'u', resourceVersion: '7', labels: { app: 'web' } },
    annotations: { 'metallb.io/address-pool': 'blue', 'example.org/note': 'long' },
    managedFields: [{ manager: 'kubectl' }],
  },
  spec: { type, clusterIPs: ['10.96.0.10'], selector: { app: 'web' }, sessionAffinity: 'None', ports: [{ port: 80 }] },
  status: {
    loadBalancer: { ingress: [{ ip: '192.0.2.1' }] },
    conditions: [
      { ...condition, type: 'example.org/Probed', lastTransitionTime: new Date(0) },
      { ...announced, lastTransitionTime: new Date(0) },
      { ...condition, lastTransitionTime: new Date(0) },
    ],
  },
})

describe('what is kept of a Service', () => {
  it('is what a decision reads, and of the conditions ours without its time', () => {
    expect(keepService(service('LoadBalancer'))).to.deep.equal({
      metadata: {
        ...{ name: 'web', namespace: 'default', uid: 'u', resourceVersion: '7', labels: { app: 'web' } },
        annotations: { 'metallb.io/address-pool': 'blue' },
      },
      spec: { type: 'LoadBalancer', clusterIPs: ['10.96.0.10'], ports: [{ port: 80 }] },
      status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] }, conditions: [condition, announced] },
    })
  })

  it('is little more than its name where it has no load balancer', () => {
    const { status: _, ...clusterIP } = service('ClusterIP')
    expect(keepService(clusterIP)).to.deep.equal({
      metadata: {
        ...{ name: 'web', namespace: 'default', uid: 'u', resourceVersion: '7' },
        annotations: { 'metallb.io/address-pool': 'blue' },
      },
      spec: { type: 'ClusterIP' },
    })
  })
})
