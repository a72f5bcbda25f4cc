import { expect } from 'chai'
import { keepEndpointSlice, keepNode, keepPod, keepSecret, keepService } from './transforms.ts'

const metadata = { namespace: 'web', name: 'a', uid: 'u', resourceVersion: '7' }
const noise = { managedFields: [{}], creationTimestamp: new Date(0), generateName: 'x' }

describe('what is kept of a watched object', () => {
  it('of a Service: labels, the sharing annotation, class, policy and addresses', () => {
    const kept = keepService({
      metadata: {
        ...metadata,
        ...noise,
        labels: { app: 'web' },
        annotations: { 'metallb.io/allow-shared-ip': 'k', 'metallb.universe.tf/allow-shared-ip': '', other: 'x' },
      },
      spec: { type: 'LoadBalancer', externalTrafficPolicy: 'Local', clusterIP: '10.96.0.1', ports: [{ port: 80 }] },
      status: { loadBalancer: { ingress: [{ ip: '192.0.2.1', ipMode: 'VIP' }] }, conditions: [] },
    })
    expect(kept).to.deep.equal({
      metadata: {
        ...metadata,
        labels: { app: 'web' },
        annotations: { 'metallb.io/allow-shared-ip': 'k', 'metallb.universe.tf/allow-shared-ip': '' },
      },
      spec: { type: 'LoadBalancer', externalTrafficPolicy: 'Local' },
      status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } },
    })
  })

  it('of a Service of another type: nothing but the type', () => {
    const labels = { app: 'web' }
    expect(keepService({ metadata: { ...metadata, labels }, spec: { type: 'ClusterIP', ports: [] } })).to.deep.equal({
      metadata,
      spec: { type: 'ClusterIP' },
    })
  })

  it('of an EndpointSlice: which nodes have a usable endpoint', () => {
    const endpoint = (nodeName: string, ip: string, ready: boolean) => ({
      addresses: [ip],
      nodeName,
      conditions: { ready },
      targetRef: { kind: 'Pod' },
    })
    const kept = keepEndpointSlice({
      metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'a', other: 'x' } },
      addressType: 'IPv4',
      endpoints: [
        endpoint('n1', '10.0.0.1', true),
        endpoint('n1', '10.0.0.2', true),
        endpoint('n2', '10.0.0.3', false),
      ],
    })
    expect(kept).to.deep.equal({
      metadata: { namespace: 'web', name: 'a', resourceVersion: '7', labels: { 'kubernetes.io/service-name': 'a' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: [], nodeName: 'n1' }],
    })
  })

  it('of an EndpointSlice whose endpoints have no node: that there is one', () => {
    const kept = keepEndpointSlice({ metadata, addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'] }] })
    expect(kept.endpoints).to.deep.equal([{ addresses: [] }])
  })

  it('of a Node: labels and two conditions', () => {
    const kept = keepNode({
      metadata: { ...metadata, ...noise, labels: { zone: 'x' }, annotations: { a: 'b' } },
      status: {
        conditions: [
          { type: 'Ready', status: 'True', message: 'ok' },
          { type: 'DiskPressure', status: 'False' },
        ],
        images: [{ names: ['big'] }],
      },
    })
    expect(kept).to.deep.equal({
      metadata: { ...metadata, labels: { zone: 'x' } },
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    })
  })

  it('of a Pod: its node and addresses, readiness and whether it terminates or has ended', () => {
    const kept = keepPod({
      metadata: { ...metadata, deletionTimestamp: new Date(0), labels: { app: 'x' } },
      spec: { nodeName: 'n1', containers: [{ name: 'c' }] },
      status: {
        conditions: [{ type: 'Ready', status: 'False' }],
        ...{ phase: 'Running', podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }], hostIP: '10.0.0.1' },
      },
    })
    expect(kept).to.deep.equal({
      metadata: { ...metadata, deletionTimestamp: new Date(0) },
      spec: { nodeName: 'n1', containers: [] },
      status: {
        ...{ conditions: [{ type: 'Ready', status: 'False' }], phase: 'Running', podIPs: [{ ip: '10.0.0.1' }] },
      },
    })
  })

  it('of a Secret: the password of a BGP peer, and nothing that other Secrets hold', () => {
    const data = { password: 'cA==', username: 'dQ==' }
    const type = 'kubernetes.io/basic-auth'
    expect(keepSecret({ metadata: { ...metadata, ...noise }, type, data })).to.deep.equal({
      metadata,
      type,
      data: { password: 'cA==' },
    })
    expect(keepSecret({ metadata, type: 'Opaque', data })).to.deep.equal({ metadata, type: 'Opaque' })
  })
})
