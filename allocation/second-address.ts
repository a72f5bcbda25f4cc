import { formatAddress } from '../net/address.ts'
import { assign } from './assign.ts'
import { nameOfFamily, otherFamily } from './families.ts'
import { formatFinding } from './finding.ts'
import type { Allocation, Ledger } from './ledger.ts'
import { type Inquiry, offer, searchFor } from './offer.ts'
import { type Refusal, refusal } from './refusal.ts'
import type { Request } from './request.ts'
import { normal, type ServiceEvent } from './service-event.ts'
import { explainShortage } from './shortage.ts'

/** Where two addresses are preferred and the Service has one, adds the other family's from the same pool. */
export function addSecond(ledger: Ledger, request: Request, events: ServiceEvent[]): void {
  const allocation = ledger.allocationOf(request.key)
  const inquiry = inquiryFor(ledger, request, allocation)
  if (allocation === undefined || inquiry === undefined) return
  const search = searchFor(ledger, request)
  const [second] = offer(search, inquiry) ?? []
  if (second === undefined) {
    const { finding } = explainShortage(search, inquiry)
    events.push(normal('AdditionalAssignFailed', `pool ${finding.pool}: ${formatFinding(finding)}`))
    return
  }
  assign(ledger, request, [...allocation.addresses, second])
  events.push(normal('IPAllocated', `assigned also ${formatAddress(second)} from pool ${allocation.pool}`))
}

/** Why there is no second address; undefined when none is missing. */
export function whyNoSecond(ledger: Ledger, request: Request): Refusal | undefined {
  const inquiry = inquiryFor(ledger, request, ledger.allocationOf(request.key))
  if (inquiry === undefined) return undefined
  const { finding, waitsFor } = explainShortage(searchFor(ledger, request), inquiry)
  const families = inquiry.families.map(nameOfFamily)
  const message = `${families} is preferred too, but pool ${finding.pool}: ${formatFinding(finding)}`
  return refusal('OneFamilyOnly', message, waitsFor, [finding])
}

/**
 * What is still to be asked for; undefined: nothing. Unlike MetalLB only for Services with cluster IPs of both families: it
 * adds a second address in single-stack clusters too, and takes it away again in the next pass, for ever.
 */
function inquiryFor(ledger: Ledger, request: Request, allocation: Allocation | undefined): Inquiry | undefined {
  const { policy, clusterIPs } = request
  const [first, second] = allocation?.addresses ?? []
  if (second !== undefined || policy !== 'PreferDualStack' || clusterIPs.length < 2) return undefined
  const space = allocation && ledger.pools.get(allocation.pool)
  if (first === undefined || space === undefined) return undefined
  return { space, families: [otherFamily(first.family)], mustBeKept: false }
}
