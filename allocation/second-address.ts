import { type Address, type Family, formatAddress } from '../net/address.ts'
import { assign } from './assign.ts'
import { nameOfFamily, otherFamily } from './families.ts'
import { formatFinding } from './finding.ts'
import type { Allocation, Ledger } from './ledger.ts'
import { offer, searchFor } from './offer.ts'
import { type Refusal, refusal } from './refusal.ts'
import type { Request } from './request.ts'
import { normal, type ServiceEvent } from './service-event.ts'
import { isShortage } from './shortage.ts'

/** Where two addresses are preferred and the Service has one, adds the other family's from the same pool. */
export function addSecond(ledger: Ledger, request: Request, events: ServiceEvent[]): void {
  const allocation = ledger.allocationOf(request.key)
  const family = missingFamily(request, allocation)
  if (allocation === undefined || family === undefined) return
  const outcome = offer(searchFor(ledger, request), ledger.pools.get(allocation.pool)!, [family])
  if (isShortage(outcome)) {
    events.push(normal('AdditionalAssignFailed', `pool ${allocation.pool}: ${formatFinding(outcome.finding)}`))
    return
  }
  const [second] = outcome.addresses as [Address]
  assign(ledger, request, [...allocation.addresses, second])
  events.push(normal('IPAllocated', `assigned also ${formatAddress(second)} from pool ${allocation.pool}`))
}

/** Why there is no second address; undefined when none is missing. */
export function whyNoSecond(ledger: Ledger, request: Request): Refusal | undefined {
  const allocation = ledger.allocationOf(request.key)
  const family = missingFamily(request, allocation)
  if (allocation === undefined || family === undefined) return undefined
  const outcome = offer(searchFor(ledger, request), ledger.pools.get(allocation.pool)!, [family])
  if (!isShortage(outcome)) return undefined
  const { finding, waitsFor } = outcome
  const message = `${nameOfFamily(family)} is preferred too, but pool ${finding.pool}: ${formatFinding(finding)}`
  return refusal('OneFamilyOnly', message, waitsFor, [finding])
}

/**
 * Unlike MetalLB only for Services with cluster IPs of both families: it adds a second address in single-stack clusters
 * too, and takes it away again in the next pass, for ever.
 */
function missingFamily({ policy, clusterIPs }: Request, allocation: Allocation | undefined): Family | undefined {
  const [first, second] = allocation?.addresses ?? []
  const isComplete = second !== undefined || policy !== 'PreferDualStack' || clusterIPs.length < 2
  return first === undefined || isComplete ? undefined : otherFamily(first.family)
}
