import type { V1OwnerReference, V1Pod } from '@kubernetes/client-node'
import type { ServiceL2Status, ServiceL2StatusStatus } from '../crds/generated/types.ts'
import { refOf } from '../kube/object.ts'
import type { Interfaces } from './layer2/book.ts'
import { l2StatusLabels, nodeOfL2Status } from './watches.ts'

/** What to do about the status objects of one Service, in this order. */
export interface L2StatusPlan {
  readonly remove: readonly ServiceL2Status[]
  /** The own object: made when absent; its status written when it is not this one. */
  readonly keep: { readonly object: ServiceL2Status | undefined; readonly status: ServiceL2StatusStatus } | undefined
}

/**
 * The announcing node keeps one object and removes all others, those of other nodes too: their owners may be dead.
 * A node that does not announce removes its own alone.
 */
export function planL2Status(
  service: string,
  node: string,
  interfaces: Interfaces | undefined,
  present: Iterable<ServiceL2Status>,
): L2StatusPlan {
  const objects = [...present]
  const own = objects.filter((object) => nodeOfL2Status(object) === node)
  if (interfaces === undefined) return { remove: own, keep: undefined }
  const [object] = own
  return {
    remove: objects.filter((other) => other !== object),
    keep: { object, status: statusOf(service, node, interfaces) },
  }
}

/** Where all interfaces are meant, none is listed. */
function statusOf(service: string, node: string, interfaces: Interfaces): ServiceL2StatusStatus {
  const { namespace = '', name } = refOf(service)
  const listed = interfaces === 'all' ? {} : { interfaces: interfaces.map((name) => ({ name })) }
  return { node, serviceName: name, serviceNamespace: namespace, ...listed }
}

export function newL2Status(
  namespace: string,
  { node = '', serviceName = '', serviceNamespace = '' }: ServiceL2StatusStatus,
  owner: V1Pod | undefined,
): ServiceL2Status {
  const labels = {
    [l2StatusLabels.node]: node,
    [l2StatusLabels.serviceName]: serviceName,
    [l2StatusLabels.serviceNamespace]: serviceNamespace,
  }
  return {
    apiVersion: 'metallb.io/v1beta1',
    kind: 'ServiceL2Status',
    metadata: { generateName: 'l2-', namespace, labels, ownerReferences: ownedBy(owner) },
    spec: {},
  }
}

/** The garbage collector removes what a pod that is gone has owned. */
export function ownedBy(pod: V1Pod | undefined): V1OwnerReference[] {
  const { name, uid } = pod?.metadata ?? {}
  return name && uid ? [{ apiVersion: 'v1', kind: 'Pod', name, uid }] : []
}
