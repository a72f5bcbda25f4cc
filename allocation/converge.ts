import { type Address, formatAddress, sameAddress } from '../net/address.ts'
import { allocate, lowestIn } from './allocate.ts'
import { assign, formatAddresses } from './assign.ts'
import { familiesOf, nameOfFamily, otherFamily, tryParseAddress } from './families.ts'
import type { Allocation, Ledger } from './ledger.ts'
import { isRefusal, type Refusal, refusal, type Slot } from './refusal.ts'
import type { Request } from './request.ts'

/** What is to become of one Service. */
export interface Decision {
  readonly status: Assignment | 'leave'
  /** Why the Service does not have what it asks for. */
  readonly refusal: Refusal | undefined
  /** Whose release may better the decision; undefined: the Service has all it asks for. */
  readonly waitsFor: readonly Slot[] | undefined
  readonly events: readonly ServiceEvent[]
}

/** What the status is to say; no addresses and no pool: nothing. */
export interface Assignment {
  readonly addresses: readonly Address[]
  readonly pool: string | undefined
}

export interface ServiceEvent {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
}

/** One pass over one Service: its addresses are kept, given, changed or taken away in the ledger. */
export function converge(ledger: Ledger, request: Request): Decision {
  // 1. Only a Service of type LoadBalancer has addresses.
  if (!request.isLoadBalancer) return cleared(ledger, request, undefined)
  // 2. Without pools there is nothing to give.
  if (ledger.pools.size === 0) return cleared(ledger, request, refusal('NoPools', 'there is no IPAddressPool'))
  // 3. Without a cluster IP the families are unknown.
  if (request.clusterIPs.length === 0) {
    return cleared(ledger, request, refusal('NoClusterIP', 'the Service has no cluster IP'))
  }
  // 4. RequireDualStack needs both families.
  if (request.policy === 'RequireDualStack' && request.clusterIPs.length < 2) return tooFewClusterIPs(ledger, request)
  return convergeAddresses(ledger, request)
}

function convergeAddresses(ledger: Ledger, request: Request): Decision {
  const events: ServiceEvent[] = []
  // 5. The status says what the Service has. While its first write is under way, only the ledger knows.
  const isUnwritten = request.current.length === 0
  const present = isUnwritten ? (ledger.allocationOf(request.key)?.addresses ?? []) : request.current
  if (present.length > 0) {
    // 6. Addresses of families that the Service does not have are given up.
    const fit = familiesFit(request, present, events)
    if (fit === 'unknown') return { ...undecided(request), events }
    if (fit === 'mismatch') ledger.release(request.key)
    else {
      // 7.-9. Present addresses stay unless the rules or the Service's own wishes forbid it.
      const refused = keepPresent(ledger, request, present as Address[], events)
      if (refused !== undefined) return finish(ledger, request, refused, events)
      if (isUnwritten) announceAllocation(ledger, request, events)
    }
  }
  // 10. One address where two are preferred is completed.
  const lacking = complete(ledger, request, events)
  if (ledger.allocationOf(request.key) !== undefined)
    return { ...finish(ledger, request, undefined, events), waitsFor: lacking }
  // 11. No address: find one.
  const placement = allocate(ledger, request)
  const refused = isRefusal(placement) ? placement : undefined
  if (refused === undefined) announceAllocation(ledger, request, events)
  else events.push(warning('AllocationFailed', `no address for ${request.key}: ${refused.message}`))
  return finish(ledger, request, refused, events)
}

/** Steps 7 to 9. Afterwards the ledger says what is left; a refusal ends the pass. */
function keepPresent(
  ledger: Ledger,
  request: Request,
  present: readonly Address[],
  events: ServiceEvent[],
): Refusal | undefined {
  const { key, wanted, wantedPool } = request
  // 7. They must still be permitted.
  const placement = assign(ledger, request, present)
  if (isRefusal(placement)) {
    ledger.release(key)
    events.push(normal('ClearAssignment', `${key} loses ${formatAddresses(present)}: ${placement.message}`))
  } else if (wantedPool !== '' && wantedPool !== placement.space.pool.name) {
    // 8. A pool asked for must be theirs.
    ledger.release(key)
  }
  // 9. Addresses asked for must be they. A request that cannot be read changes nothing.
  if (!wanted.ok) {
    events.push(warning('LoadBalancerFailed', wanted.problem))
    return refusal('InvalidRequest', wanted.problem)
  }
  if (wanted.addresses.length === 0 || ledger.allocationOf(key) === undefined) return undefined
  if (sameAddresses(wanted.addresses, present)) assign(ledger, request, present.toSorted(byText))
  else ledger.release(key)
  return undefined
}

function familiesFit(
  { clusterIPs, policy }: Request,
  present: readonly (Address | undefined)[],
  events: ServiceEvent[],
): 'fit' | 'mismatch' | 'unknown' {
  const statusFamilies = familiesOf(present)
  if (statusFamilies === undefined) {
    const text = present.map((address) => (address === undefined ? 'unreadable' : formatAddress(address))).join(', ')
    events.push(warning('nolbIPsIPFamily', `the IP families of the addresses in the status are unclear: ${text}`))
  }
  const families = familiesOf(clusterIPs.map(tryParseAddress))
  if (families === undefined) {
    events.push(
      warning('noclusterIPsIPFamily', `the IP families of the cluster IPs are unclear: ${clusterIPs.join(', ')}`),
    )
    return 'unknown'
  }
  const isPartOfPreferred = statusFamilies !== undefined && families === 'dual' && policy === 'PreferDualStack'
  return statusFamilies === families || isPartOfPreferred ? 'fit' : 'mismatch'
}

/** Step 10. Returns what a still missing second address waits for. */
function complete(ledger: Ledger, request: Request, events: ServiceEvent[]): Slot[] | undefined {
  const allocation = ledger.allocationOf(request.key)
  if (allocation === undefined || !lacksSecond(request, allocation)) return undefined
  const space = ledger.pools.get(allocation.pool)!
  const [present] = allocation.addresses as [Address]
  const family = otherFamily(present.family)
  const second = lowestIn(space, family, request)
  if (second === undefined) {
    const message = `pool ${allocation.pool} has no free ${nameOfFamily(family)} address beside ${formatAddress(present)}`
    events.push(normal('AdditionalAssignFailed', message))
    return space.family(family).capacity > 0n ? [{ kind: 'pool', pool: allocation.pool, family }] : []
  }
  assign(ledger, request, [present, second])
  events.push(normal('IPAllocated', `assigned also ${formatAddress(second)} from pool ${allocation.pool}`))
  return undefined
}

/** Unlike MetalLB, which adds a second address in single-stack clusters too and takes it away again in the next pass. */
function lacksSecond({ policy, clusterIPs }: Request, { addresses }: Allocation): boolean {
  return policy === 'PreferDualStack' && addresses.length === 1 && clusterIPs.length > 1
}

function tooFewClusterIPs(ledger: Ledger, request: Request): Decision {
  const message = `ipFamilyPolicy RequireDualStack needs two cluster IPs, there is ${request.clusterIPs.join(', ')}`
  const decision = cleared(ledger, request, refusal('ClusterIPFamilies', message))
  return { ...decision, events: [warning('not enough clusterips', message)] }
}

function cleared(ledger: Ledger, { key }: Request, refused: Refusal | undefined): Decision {
  ledger.release(key)
  return { status: { addresses: [], pool: undefined }, refusal: refused, waitsFor: refused?.waitsFor, events: [] }
}

function undecided({ clusterIPs }: Request): Omit<Decision, 'events'> {
  const refused = refusal('ClusterIPFamilies', `the IP families of ${clusterIPs.join(', ')} are unclear`)
  return { status: 'leave', refusal: refused, waitsFor: refused.waitsFor }
}

function finish(ledger: Ledger, { key }: Request, refused: Refusal | undefined, events: ServiceEvent[]): Decision {
  const { addresses = [], pool } = ledger.allocationOf(key) ?? {}
  return { status: { addresses, pool }, refusal: refused, waitsFor: refused?.waitsFor, events }
}

function announceAllocation(ledger: Ledger, { key }: Request, events: ServiceEvent[]): void {
  const allocation = ledger.allocationOf(key)
  if (allocation === undefined) return
  events.push(normal('IPAllocated', `assigned ${formatAddresses(allocation.addresses)} from pool ${allocation.pool}`))
}

function sameAddresses(a: readonly Address[], b: readonly Address[]): boolean {
  return a.length === b.length && a.every((address) => b.some((other) => sameAddress(address, other)))
}

/** As MetalLB: by text, so that 192.0.2.1 stands before 2001:db8::1. */
function byText(a: Address, b: Address): number {
  return formatAddress(a) < formatAddress(b) ? -1 : 1
}

function normal(reason: string, message: string): ServiceEvent {
  return { type: 'Normal', reason, message }
}

function warning(reason: string, message: string): ServiceEvent {
  return { type: 'Warning', reason, message }
}
