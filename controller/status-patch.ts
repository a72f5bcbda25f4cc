import type { V1Service } from '@kubernetes/client-node'
import { poolAnnotation } from '../allocation/annotations.ts'
import type { AllocatedCondition } from '../allocation/condition.ts'
import { given } from '../kube/given.ts'
import { timestampOf } from '../kube/timestamp.ts'
import { type Address, formatAddress } from '../net/address.ts'
import { allocatedOf, allocatedType } from './allocated-condition.ts'
import { isSaid } from './condition.ts'

/** What the Service is to say of us. */
export interface WantedStatus {
  /** `leave`: whatever is there. */
  readonly status: 'leave' | { readonly addresses: readonly Address[] | 'leave'; readonly pool: string | undefined }
  /** Undefined: it is not ours. */
  readonly condition: AllocatedCondition | undefined
}

export interface StatusPatch {
  readonly metadata: { readonly resourceVersion?: string; readonly annotations?: object }
  readonly status: { readonly loadBalancer?: object; readonly conditions?: readonly object[] }
}

/** Whether it changes what the Service has, and not only what is said about it. */
export function changesAddresses({ metadata, status }: StatusPatch): boolean {
  return metadata.annotations !== undefined || status.loadBalancer !== undefined
}

/**
 * The strategic merge patch of `services/status` that makes the Service say what is wanted; undefined when it does.
 * The API server keeps annotations that come with a status, and with the resourceVersion it refuses a Service that
 * changed meanwhile. (A JSON merge patch would replace the conditions of others.)
 */
export function statusPatch(
  service: V1Service,
  { status, condition }: WantedStatus,
  now: Date,
): StatusPatch | undefined {
  const annotations = status === 'leave' ? undefined : annotationPatch(service, status.pool)
  const isLeft = status === 'leave' || status.addresses === 'leave'
  const loadBalancer = isLeft ? undefined : ingressPatch(service, status.addresses)
  const conditions = conditionPatch(service, condition, now)
  if (!annotations && !loadBalancer && !conditions) return undefined
  const { resourceVersion } = service.metadata ?? {}
  return { metadata: given({ resourceVersion, annotations }), status: given({ loadBalancer, conditions }) }
}

/** Changes nothing, and is refused as a conflict if the Service is not as it is here. */
export function nothing({ metadata }: V1Service): StatusPatch {
  return { metadata: given({ resourceVersion: metadata?.resourceVersion }), status: {} }
}

function annotationPatch({ metadata }: V1Service, pool: string | undefined): object | undefined {
  return metadata?.annotations?.[poolAnnotation] === pool ? undefined : { [poolAnnotation]: pool ?? null }
}

function ingressPatch({ status }: V1Service, addresses: readonly Address[]): object | undefined {
  const ips = addresses.map(formatAddress)
  const present = status?.loadBalancer?.ingress ?? []
  if (present.length === ips.length && present.every(({ ip, hostname }, i) => ip === ips[i] && !hostname)) {
    return undefined
  }
  return { ingress: ips.length === 0 ? null : ips.map((ip) => ({ ip })) }
}

function conditionPatch(service: V1Service, wanted: AllocatedCondition | undefined, now: Date): object[] | undefined {
  const present = allocatedOf(service)
  if (wanted === undefined) return present && [{ $patch: 'delete', type: allocatedType }]
  if (isSaid(present, wanted)) return undefined
  const { status, reason, message } = wanted
  // Merged by type: what is not named stays, so the time stays as long as the status does.
  const lastTransitionTime = present?.status === status ? undefined : timestampOf(now)
  return [given({ type: allocatedType, status, reason, message, lastTransitionTime })]
}
