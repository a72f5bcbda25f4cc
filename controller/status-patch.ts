import type { V1Condition, V1LoadBalancerIngress, V1Service } from '@kubernetes/client-node'
import { poolAnnotation } from '../allocation/annotations.ts'
import type { AllocatedCondition } from '../allocation/condition.ts'
import type { AnnouncedCondition } from '../announcement/announced.ts'
import { given } from '../kube/given.ts'
import { timestampOf } from '../kube/timestamp.ts'
import { type Address, formatAddress } from '../net/address.ts'
import { allocatedOf, allocatedType } from './allocated-condition.ts'
import { announcedOf, announcedType } from './announced/announced-condition.ts'
import { isSaid, type Statement } from './condition.ts'

/** What the Service is to say of us. */
export interface WantedStatus {
  /** `leave`: whatever is there. */
  readonly status: 'leave' | { readonly addresses: readonly Address[] | 'leave'; readonly pool: string | undefined }
  /** Undefined: it is not ours. */
  readonly condition: AllocatedCondition | undefined
  /** Said along with anything else if nothing is said about it yet; undefined: not known. */
  readonly announced?: AnnouncedCondition | undefined
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
export function statusPatch(service: V1Service, wanted: WantedStatus, now: Date): StatusPatch | undefined {
  const { status, condition } = wanted
  const annotations = status === 'leave' ? undefined : annotationPatch(service, status.pool)
  const isLeft = status === 'leave' || status.addresses === 'leave'
  const loadBalancer = isLeft ? undefined : ingressPatch(service, status.addresses)
  const hasAddresses = condition !== undefined && (isLeft ? ingressOf(service) : status.addresses).length > 0
  const conditions = [
    ...conditionPatch(allocatedType, allocatedOf(service), condition, now),
    ...(hasAddresses ? [] : conditionPatch(announcedType, announcedOf(service), undefined, now)),
  ]
  if (!annotations && !loadBalancer && conditions.length === 0) return undefined
  if (hasAddresses && wanted.announced && announcedOf(service) === undefined) {
    conditions.push(...conditionPatch(announcedType, undefined, wanted.announced, now))
  }
  const changed = conditions.length > 0 ? conditions : undefined
  return { metadata: metadataOf(service, annotations), status: given({ loadBalancer, conditions: changed }) }
}

/** The patch that makes a Service that has addresses say whether they are announced; undefined when it does. */
export function announcedPatch(service: V1Service, wanted: AnnouncedCondition, now: Date): StatusPatch | undefined {
  const conditions = conditionPatch(announcedType, announcedOf(service), wanted, now)
  if (conditions.length === 0 || ingressOf(service).length === 0) return undefined
  return { metadata: metadataOf(service), status: { conditions } }
}

/** Changes nothing, and is refused as a conflict if the Service is not as it is here. */
export function nothing(service: V1Service): StatusPatch {
  return { metadata: metadataOf(service), status: {} }
}

/** The Service as it will be. */
export function withAddresses(service: V1Service, addresses: readonly Address[]): V1Service {
  return { ...service, status: { ...service.status, loadBalancer: { ingress: addresses.map(toIngress) } } }
}

function toIngress(address: Address): V1LoadBalancerIngress {
  return { ip: formatAddress(address) }
}

function metadataOf({ metadata }: V1Service, annotations?: object): StatusPatch['metadata'] {
  return given({ resourceVersion: metadata?.resourceVersion, annotations })
}

function ingressOf({ status }: V1Service): readonly V1LoadBalancerIngress[] {
  return status?.loadBalancer?.ingress ?? []
}

function annotationPatch({ metadata }: V1Service, pool: string | undefined): object | undefined {
  return metadata?.annotations?.[poolAnnotation] === pool ? undefined : { [poolAnnotation]: pool ?? null }
}

function ingressPatch(service: V1Service, addresses: readonly Address[]): object | undefined {
  const ingress = addresses.map(toIngress)
  const present = ingressOf(service)
  if (present.length === ingress.length && present.every(({ ip, hostname }, i) => ip === ingress[i]?.ip && !hostname)) {
    return undefined
  }
  return { ingress: ingress.length === 0 ? null : ingress }
}

/** Empty when there is nothing to change. */
function conditionPatch(
  type: string,
  present: V1Condition | undefined,
  wanted: Statement | undefined,
  now: Date,
): object[] {
  if (wanted === undefined) return present ? [{ $patch: 'delete', type }] : []
  if (isSaid(present, wanted)) return []
  const { status, reason, message } = wanted
  // Merged by type: what is not named stays, so the time stays as long as the status does.
  const lastTransitionTime = present?.status === status ? undefined : timestampOf(now)
  return [given({ type, status, reason, message, lastTransitionTime })]
}
