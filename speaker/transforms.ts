/**
 * What the speaker keeps of the objects it watches. Ten thousand Services have to fit in its memory, so each object is
 * built anew from what some decision reads; what is added to a decision has to be added here.
 */
import type {
  V1Endpoint,
  V1EndpointSlice,
  V1Node,
  V1NodeCondition,
  V1ObjectMeta,
  V1Pod,
  V1PodCondition,
  V1Secret,
  V1Service,
} from '@kubernetes/client-node'
import { isUsable } from '../announcement/endpoints.ts'
import type { ServiceL2Status } from '../crds/generated/types.ts'
import { given } from '../kube/given.ts'
import type { KubeObject } from '../kube/object.ts'

export const serviceNameLabel = 'kubernetes.io/service-name'

/** The text of each object would be another one. */
const loadBalancer = 'LoadBalancer'

const basicAuth = 'kubernetes.io/basic-auth'

export function keepService(service: V1Service): V1Service {
  const { type, loadBalancerClass, externalTrafficPolicy } = service.spec ?? {}
  if (type !== loadBalancer) return { metadata: identity(service), spec: { type: type ?? 'ClusterIP' } }
  const ingress = service.status?.loadBalancer?.ingress ?? []
  const annotations = sharingAnnotations(service)
  return {
    metadata: { ...identity(service), ...labels(service), ...(annotations && { annotations }) },
    spec: given({ type: loadBalancer, loadBalancerClass, externalTrafficPolicy }),
    status: { loadBalancer: { ingress: ingress.map(({ ip }) => (ip === undefined ? {} : { ip })) } },
  }
}

/** One endpoint for each node that has a usable one, without its addresses. Its version alone tells it from others of its name. */
export function keepEndpointSlice(slice: V1EndpointSlice): V1EndpointSlice {
  const nodes = new Set((slice.endpoints ?? []).filter(isUsable).map(({ nodeName }) => nodeName))
  const { namespace, name, resourceVersion, labels: { [serviceNameLabel]: service = '' } = {} } = slice.metadata ?? {}
  return {
    metadata: given({ namespace, name, resourceVersion, labels: { [serviceNameLabel]: service } }),
    addressType: slice.addressType,
    endpoints: Array.from(nodes, endpointOn),
  }
}

function endpointOn(nodeName: string | undefined): V1Endpoint {
  return nodeName === undefined ? { addresses: noAddresses } : { addresses: noAddresses, nodeName }
}

const noAddresses: string[] = []
Object.freeze(noAddresses)

export function keepNode(node: V1Node): V1Node {
  const conditions = keepConditions<V1NodeCondition>(node.status?.conditions, ['Ready', 'NetworkUnavailable'])
  return { metadata: { ...identity(node), ...labels(node) }, status: { conditions } }
}

export function keepPod(pod: V1Pod): V1Pod {
  const { deletionTimestamp } = pod.metadata ?? {}
  const { conditions, phase, podIPs } = pod.status ?? {}
  return {
    metadata: { ...identity(pod), ...given({ deletionTimestamp }) },
    spec: { containers: [], ...given({ nodeName: pod.spec?.nodeName }) },
    status: {
      conditions: keepConditions<V1PodCondition>(conditions, ['Ready']),
      ...given({ phase, podIPs: podIPs?.map(({ ip }) => ({ ip })) }),
    },
  }
}

/** Other Secrets than passwords are known by name and type only. */
export function keepSecret(secret: V1Secret): V1Secret {
  const password = secret.type === basicAuth ? secret.data?.['password'] : undefined
  const data = password === undefined ? undefined : { password }
  return { metadata: identity(secret), ...given({ type: secret.type, data }) }
}

/** What those of other nodes say is not read. */
export function keepL2Status(object: ServiceL2Status, isOwn: boolean): ServiceL2Status {
  const metadata = { ...identity(object), ...labels(object) }
  return isOwn ? { metadata, ...given({ status: object.status }) } : { metadata }
}

function identity({ metadata = {} }: KubeObject): V1ObjectMeta {
  const { namespace, name, uid, resourceVersion } = metadata
  return given({ namespace, name, uid, resourceVersion })
}

function labels({ metadata = {} }: KubeObject): V1ObjectMeta {
  return given({ labels: metadata.labels })
}

function sharingAnnotations({ metadata = {} }: KubeObject): Record<string, string> | undefined {
  const entries = Object.entries(metadata.annotations ?? {}).filter(([key]) => key.endsWith('/allow-shared-ip'))
  return entries.length > 0 ? Object.fromEntries(entries) : undefined
}

function keepConditions<T extends { type: string; status: string }>(conditions: T[] | undefined, types: string[]): T[] {
  const kept = (conditions ?? []).filter(({ type }) => types.includes(type))
  return kept.map(({ type, status }) => ({ type, status }) as T)
}
