// What the bench itself writes: Services and pools, and in the baseline what an allocator would write about each.
import type { CoreV1Event, V1Service } from '@kubernetes/client-node'
import type { IPAddressPool } from '../../crds/generated/types.ts'
import { namespace as metallbNamespace } from '../../hack/lab/metallb.ts'

/** Of all Services that the bench makes. */
export const namespace = 'default'

/** @param pool the only one that may serve it; any when absent */
export function service(name: string, pool?: string): V1Service {
  const annotations = pool === undefined ? {} : { 'metallb.io/address-pool': pool }
  return {
    metadata: { name, namespace, annotations, labels: { 'app.kubernetes.io/name': name } },
    spec: {
      type: 'LoadBalancer',
      allocateLoadBalancerNodePorts: false, // a cluster has fewer node ports than the bench has Services
      selector: { 'app.kubernetes.io/name': name },
      ports: [{ name: 'http', port: 80 }],
    },
  }
}

export function pool(name: string, addresses: string, spec: object = {}): IPAddressPool {
  return { metadata: { name, namespace: metallbNamespace }, spec: { addresses: [addresses], ...spec } }
}

/** The patch of `services/status` that gives an address. */
export function allocation(ip: string, resourceVersion: string): object {
  const condition = {
    type: 'metallb.io/Allocated',
    status: 'True',
    reason: 'Allocated',
    message: `${ip} from pool "first"`,
    lastTransitionTime: new Date().toISOString(),
  }
  return {
    metadata: { resourceVersion, annotations: { 'metallb.io/ip-allocated-from-pool': 'first' } },
    status: { loadBalancer: { ingress: [{ ip }] }, conditions: [condition] },
  }
}

export function allocationEvent(name: string, uid: string, ip: string): CoreV1Event {
  const now = new Date()
  return {
    metadata: { namespace, name: `${name}.${now.getTime().toString(16)}` },
    involvedObject: { apiVersion: 'v1', kind: 'Service', namespace, name, uid },
    type: 'Normal',
    reason: 'IPAllocated',
    message: `Assigned IP ["${ip}"]`,
    count: 1,
    firstTimestamp: now,
    lastTimestamp: now,
    source: { component: 'metallb-controller' },
    reportingComponent: 'metallb-controller',
    reportingInstance: '',
  }
}
