import type { V1ObjectMeta, V1Service, V1ServiceSpec } from '@kubernetes/client-node'
import { given } from '../kube/given.ts'

const ownAnnotations = /^metallb\.(io|universe\.tf)\//

/**
 * What is kept of a Service in memory: what a decision about its address reads, and what an event needs.
 * A Service that has nothing to do with us is kept as little more than its name.
 */
export function keepService(service: V1Service): V1Service {
  const metadata = keepMetadata(service.metadata ?? {})
  const ingress = service.status?.loadBalancer?.ingress ?? []
  const status = ingress.length === 0 ? {} : { status: { loadBalancer: { ingress } } }
  if (service.spec?.type !== 'LoadBalancer') return { metadata, spec: given({ type: service.spec?.type }), ...status }
  return {
    metadata: { ...metadata, ...given({ labels: service.metadata?.labels }) },
    spec: keepSpec(service.spec),
    ...status,
  }
}

function keepMetadata({ namespace, name, uid, resourceVersion, creationTimestamp, annotations }: V1ObjectMeta) {
  const own = Object.entries(annotations ?? {}).filter(([key]) => ownAnnotations.test(key))
  const kept = own.length === 0 ? undefined : Object.fromEntries(own)
  return given({ namespace, name, uid, resourceVersion, creationTimestamp, annotations: kept })
}

function keepSpec(spec: V1ServiceSpec): V1ServiceSpec {
  const { type, loadBalancerClass, loadBalancerIP, clusterIP, clusterIPs, ipFamilies, ipFamilyPolicy } = spec
  const { externalTrafficPolicy, selector } = spec
  return given({
    type,
    loadBalancerClass,
    loadBalancerIP,
    clusterIPs: clusterIPs ?? (clusterIP === undefined ? undefined : [clusterIP]),
    ipFamilies,
    ipFamilyPolicy,
    externalTrafficPolicy,
    selector: externalTrafficPolicy === 'Local' ? selector : undefined,
    ports: spec.ports?.map(({ protocol, port }) => given({ protocol, port })),
  })
}
