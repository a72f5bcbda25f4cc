import type { Address } from '../net/address.ts'
import { allocate } from './allocate.ts'
import { formatAddresses } from './assign.ts'
import { type AllocatedCondition, allocatedCondition } from './condition.ts'
import { keepPresent } from './keep.ts'
import type { Ledger } from './ledger.ts'
import { isOwnFault } from './reasons.ts'
import { isRefusal, type Refusal, refusal } from './refusal.ts'
import type { Request } from './request.ts'
import { addSecond, whyNoSecond } from './second-address.ts'
import { normal, type ServiceEvent, warning } from './service-event.ts'
import type { Slot } from './slot.ts'

/** What is to become of one Service. */
export interface Decision {
  /** What the status is to say; `leave`: whatever it says. */
  readonly status: Assignment | 'leave'
  /** Why the Service does not have what it asks for. */
  readonly refusal: Refusal | undefined
  /** What the Service is to be told; undefined: it is not a LoadBalancer, and is told nothing. */
  readonly condition: AllocatedCondition | undefined
  /** What may better the decision, other than a change of the Service; undefined: nothing. */
  readonly waitsFor: readonly Slot[] | undefined
  readonly events: readonly ServiceEvent[]
}

/** No addresses and no pool: nothing. */
export interface Assignment {
  readonly addresses: readonly Address[]
  readonly pool: string | undefined
}

/** One pass over one Service: in the ledger it keeps, gets, changes or loses its addresses. */
export function converge(ledger: Ledger, request: Request): Decision {
  const { key, policy, clusterIPs } = request
  const clear = (refused?: Refusal, ...events: ServiceEvent[]) => {
    ledger.release(key)
    return decisionOf(ledger, request, refused, events)
  }
  // 1. Only a Service of type LoadBalancer has addresses.
  if (!request.isLoadBalancer) return clear()
  // 2. Without pools there is nothing to give.
  if (ledger.pools.size === 0) return clear(refusal('NoPools', 'there is no IPAddressPool'))
  // 3. Without a cluster IP the families are unknown.
  if (clusterIPs.length === 0) return clear(refusal('NoClusterIP', 'the Service has no cluster IP'))
  // 4. RequireDualStack needs both families.
  if (policy === 'RequireDualStack' && clusterIPs.length < 2) {
    const message = `ipFamilyPolicy RequireDualStack needs two cluster IPs, there is only ${clusterIPs}`
    return clear(refusal('ClusterIPFamilies', message), warning('not enough clusterips', message))
  }
  return convergeAddresses(ledger, request)
}

function convergeAddresses(ledger: Ledger, request: Request): Decision {
  const events: ServiceEvent[] = []
  // 5. What the Service has is in its status. As long as the first write has not come through, only the ledger knows.
  const isUntold = request.current.length === 0
  const present = isUntold ? untoldAddresses(ledger, request.key) : request.current
  // 6. Addresses stay unless the rules or the Service's own wishes forbid it.
  const refused = present.length === 0 ? undefined : keepPresent(ledger, request, present, events)
  if (refused?.isUndecidable) {
    const condition = allocatedCondition(readable(present), undefined, refused)
    return { status: 'leave', refusal: refused, condition, waitsFor: undefined, events }
  }
  if (refused !== undefined) return decisionOf(ledger, request, refused, events)
  if (isUntold) announce(ledger, request, events)
  // 7. One address where two are preferred is completed.
  addSecond(ledger, request, events)
  if (ledger.allocationOf(request.key) !== undefined) return decisionOf(ledger, request, undefined, events)
  // 8. A Service without an address gets one.
  return decisionOf(ledger, request, allocateFresh(ledger, request, events), events)
}

/** The Service does not know of them yet: it gets others if a stranger has one, or if another Service is to leave one first. */
function untoldAddresses(ledger: Ledger, service: string): readonly Address[] {
  const { addresses = [] } = ledger.allocationOf(service) ?? {}
  const isTaken = (address: Address) => ledger.withheld.at(address) ?? ledger.contestantOn(address)
  if (!addresses.some(isTaken)) return addresses
  ledger.release(service)
  ledger.placeUnsettled()
  return []
}

function allocateFresh(ledger: Ledger, request: Request, events: ServiceEvent[]): Refusal | undefined {
  const outcome = allocate(ledger, request)
  if (!isRefusal(outcome)) {
    announce(ledger, request, events, whyNoSecond(ledger, request))
    return undefined
  }
  events.push(warning('AllocationFailed', `no address for ${request.key}: ${outcome.message}`))
  return outcome
}

function announce(ledger: Ledger, { key }: Request, events: ServiceEvent[], lack?: Refusal): void {
  const allocation = ledger.allocationOf(key)
  if (allocation === undefined) return
  const what = `${formatAddresses(allocation.addresses)} from pool ${allocation.pool}`
  events.push(normal('IPAllocated', `assigned ${what}${lack === undefined ? '' : `; ${lack.message}`}`))
}

function decisionOf(
  ledger: Ledger,
  request: Request,
  refused: Refusal | undefined,
  events: readonly ServiceEvent[],
): Decision {
  const { addresses = [], pool } = ledger.allocationOf(request.key) ?? {}
  const lack = refused ?? whyNoSecond(ledger, request)
  const condition = request.isLoadBalancer ? allocatedCondition(addresses, pool, lack) : undefined
  const waitsFor = lack === undefined || isOwnFault(lack.reason) ? undefined : lack.waitsFor
  return { status: { addresses, pool }, refusal: refused, condition, waitsFor, events }
}

function readable(addresses: readonly (Address | undefined)[]): Address[] {
  return addresses.flatMap((address) => address ?? [])
}
