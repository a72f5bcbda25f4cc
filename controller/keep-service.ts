import type { V1Condition, V1ObjectMeta, V1Service, V1ServiceSpec, V1ServiceStatus } from '@kubernetes/client-node'
import { given } from '../kube/given.ts'
import { allocatedOf } from './allocated-condition.ts'
import { announcedOf } from './announced/announced-condition.ts'

const ownAnnotations = /^metallb\.(io|universe\.tf)\//

/**
 * What is kept of a Service in memory: what a decision about its address reads, and what an event needs.
 * A Service that has nothing to do with us is kept as little more than its name.
 */
export function keepService(service: V1Service): V1Service {
  const metadata = keepMetadata(service.metadata ?? {})
  const status = keepStatus(service)
  if (service.spec?.type !== 'LoadBalancer')
    return given({ metadata, spec: given({ type: service.spec?.type }), status })
  const { labels } = service.metadata ?? {}
  return given({ metadata: given({ ...metadata, labels }), spec: keepSpec(service.spec), status })
}

function keepMetadata({ namespace, name, uid, resourceVersion, creationTimestamp, annotations }: V1ObjectMeta) {
  const own = Object.entries(annotations ?? {}).filter(([key]) => ownAnnotations.test(key))
  const kept = own.length === 0 ? undefined : Object.fromEntries(own)
  return given({ namespace, name, uid, resourceVersion, creationTimestamp, annotations: kept })
}

/** Undefined where there is nothing: most Services of a cluster have no load balancer. */
function keepStatus(service: V1Service): V1ServiceStatus | undefined {
  const { ingress } = service.status?.loadBalancer ?? {}
  const conditions = [allocatedOf(service), announcedOf(service)].filter((condition) => condition !== undefined)
  if (!ingress?.length && conditions.length === 0) return undefined
  return given({
    loadBalancer: ingress?.length ? { ingress } : undefined,
    conditions: conditions.length > 0 ? conditions.map(keepCondition) : undefined,
  })
}

function keepCondition({ type, status, reason, message }: V1Condition): V1Condition {
  return { type, status, reason, message } as V1Condition // its time is read by nobody
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
