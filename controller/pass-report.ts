/** What is told about one pass over one Service: its condition, its events, and one line of the log. Pure. */
import type { V1Service } from '@kubernetes/client-node'
import { poolAnnotation } from '../allocation/annotations.ts'
import type { AllocatedCondition } from '../allocation/condition.ts'
import type { AllocatedReason } from '../allocation/reasons.ts'
import { normal, type ServiceEvent, warning } from '../allocation/service-event.ts'
import type { AnnouncedCondition } from '../announcement/announced.ts'
import type { Verdict } from '../config/config-keeper.ts'
import { formatAddress } from '../net/address.ts'
import { isWanting } from './allocated-condition.ts'
import type { WantedStatus } from './status-patch.ts'

/** What a pass came to. */
export interface Outcome extends WantedStatus {
  readonly events: readonly ServiceEvent[]
  /** What the Service had and its status need not show any more: the API server clears it with the type. */
  readonly released?: readonly string[]
  /** Told only when the addresses change, as MetalLB does: often enough to be seen, and no more. */
  readonly deprecations?: readonly ServiceEvent[]
}

/**
 * The outcome as the user is to hear it. Where the newest configuration is refused, that may be the true reason why
 * there is no address: perhaps the pool that would have it is in there.
 */
export function toldOf(outcome: Outcome, verdict: Verdict | undefined): Outcome {
  const { condition, events } = outcome
  if (condition?.status !== 'False' || !verdict?.loaded || verdict.errors.length === 0) return outcome
  const note = `. An older configuration is in force: ${summary(verdict)}`
  const noted = events.map((event) => (event.type === 'Warning' ? { ...event, message: event.message + note } : event))
  return { ...outcome, condition: { ...condition, message: condition.message + note }, events: noted }
}

/**
 * The outcome with what is to be said of announcing the new address. If nobody will, the event of the address says so, too:
 * `kubectl describe` shows no conditions. Endpoints that are not ready come by themselves.
 */
export function withAnnounced(outcome: Outcome, announced: AnnouncedCondition): Outcome {
  if (announced.status === 'True' || announced.reason === 'NoReadyEndpoints') return { ...outcome, announced }
  const note = `. Nobody announces it: ${announced.message}`
  const noted = outcome.events.map((event) =>
    event.reason === 'IPAllocated' ? { ...event, message: event.message + note } : event,
  )
  return { ...outcome, announced, events: noted }
}

/** After a while in which nobody announced the Service. */
export function notAnnouncedEvent({ status, reason, message }: AnnouncedCondition): ServiceEvent | undefined {
  return status === 'True' ? undefined : warning('NotAnnounced', `${reason}: ${message}`)
}

/** For a Service without an address while there has never been a configuration to go by. */
export function withoutConfiguration(verdict: Verdict): Outcome {
  const message = `no configuration is in force: ${summary(verdict)}`
  return { status: 'leave', condition: { status: 'False', reason: 'ConfigurationError', message }, events: [] }
}

/** The whole list is in ConfigurationState. */
function summary({ errors }: Verdict): string {
  const others = errors.length - 1
  const more = others > 0 ? ` (and ${others} more ${others === 1 ? 'error' : 'errors'})` : ''
  return `${errors[0]?.message}${more}`
}

/** In this order: what was taken back, what was decided, what is wanting and not said yet. */
export function eventsOf(service: V1Service, key: string, outcome: Outcome): readonly ServiceEvent[] {
  const { condition, events } = outcome
  const isWarned = events.some(({ type }) => type === 'Warning')
  const wanting = isWarned || condition === undefined ? undefined : wantingEvent(key, condition)
  const all = [releaseEvent(service, outcome), ...events, wanting]
  return all.filter((event) => event !== undefined)
}

/** Where MetalLB says nothing at all, and so has no word for it. */
const ownReasons: readonly AllocatedReason[] = ['NoPools', 'NoClusterIP', 'ConfigurationError']

/** What a Service that has not got what it asks for is told again and again. */
export function wantingEvent(key: string, { status, reason, message }: AllocatedCondition): ServiceEvent | undefined {
  if (!isWanting({ status, reason })) return undefined
  if (status === 'True') return warning('LoadBalancerFailed', message)
  return warning(ownReasons.includes(reason) ? reason : 'AllocationFailed', `no address for ${key}: ${message}`)
}

/** Undefined also where the rules of a pool took it back: that is an event already. */
function releaseEvent(service: V1Service, outcome: Outcome): ServiceEvent | undefined {
  const { assigned, released } = changesOf(service, outcome)
  if (released.length === 0 || clearances(outcome).length > 0) return undefined
  const why = assigned.length > 0 ? `replaced by ${assigned.join(', ')}` : whyReleased(service, outcome)
  return releasedEvent(released, poolOf(service), why)
}

/** Why the rules of the pools took addresses back. */
function clearances({ events }: Outcome): string[] {
  return events.flatMap(({ reason, message }) => (reason === 'ClearAssignment' ? message : []))
}

function whyReleased({ spec }: V1Service, { condition }: Outcome): string {
  if (condition !== undefined) return condition.message
  return spec?.type === 'LoadBalancer' ? `its class is ${spec.loadBalancerClass}` : `its type is ${spec?.type}`
}

export function releasedEvent(addresses: readonly string[], pool: string | undefined, why: string): ServiceEvent {
  const origin = pool === undefined ? '' : ` of pool ${pool}`
  return normal('IPReleased', `released ${addresses.join(', ')}${origin}: ${why}`)
}

export interface LogLine {
  readonly fields: object
  readonly message: string
}

/** Who is in the fields of the pass. */
export function logLineOf(service: V1Service, outcome: Outcome): LogLine {
  const { assigned, released } = changesOf(service, outcome)
  const pool = outcome.status === 'leave' ? undefined : outcome.status.pool
  const fields = {
    assigned: assigned.length > 0 ? assigned.join(', ') : undefined,
    released: released.length > 0 ? released.join(', ') : undefined,
    pool: pool ?? poolOf(service),
    formerPool: pool !== undefined && released.length > 0 ? poolOf(service) : undefined,
    reason: outcome.condition?.reason,
    why: [...clearances(outcome), outcome.condition?.message ?? whyReleased(service, outcome)].join('; '),
  }
  return { fields, message: headline(assigned.length > 0, released.length > 0) }
}

function headline(isAssigned: boolean, isReleased: boolean): string {
  if (isAssigned) return isReleased ? 'address replaced' : 'address assigned'
  return isReleased ? 'address released' : 'Service told how it stands'
}

interface Changes {
  readonly assigned: readonly string[]
  readonly released: readonly string[]
}

function changesOf(service: V1Service, { status, released: alsoReleased = [] }: Outcome): Changes {
  const before = [...new Set([...ingressOf(service), ...alsoReleased])]
  const isLeft = status === 'leave' || status.addresses === 'leave'
  const after = isLeft ? ingressOf(service) : status.addresses.map(formatAddress)
  return {
    assigned: after.filter((address) => !before.includes(address)),
    released: before.filter((address) => !after.includes(address)),
  }
}

export function ingressOf({ status }: V1Service): string[] {
  return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? [])
}

function poolOf({ metadata }: V1Service): string | undefined {
  return metadata?.annotations?.[poolAnnotation]
}
