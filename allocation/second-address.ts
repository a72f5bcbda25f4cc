import { type Address, type Family, formatAddress } from '../net/address.ts'
import { lowestIn } from './allocate.ts'
import { assign } from './assign.ts'
import { nameOfFamily, otherFamily } from './families.ts'
import type { Allocation, Ledger } from './ledger.ts'
import type { Slot } from './refusal.ts'
import type { Request } from './request.ts'
import { normal, type ServiceEvent } from './service-event.ts'

/** Where two addresses are preferred and the Service has one, adds the other family's from the same pool. */
export function addSecond(ledger: Ledger, request: Request, events: ServiceEvent[]): void {
  const allocation = ledger.allocationOf(request.key)
  const family = missingFamily(request, allocation)
  if (allocation === undefined || family === undefined) return
  const [present] = allocation.addresses as [Address]
  const second = lowestIn(ledger.pools.get(allocation.pool)!, family, request)
  if (second === undefined) {
    const message = `pool ${allocation.pool} has no free ${nameOfFamily(family)} address beside ${formatAddress(present)}`
    events.push(normal('AdditionalAssignFailed', message))
    return
  }
  assign(ledger, request, [present, second])
  events.push(normal('IPAllocated', `assigned also ${formatAddress(second)} from pool ${allocation.pool}`))
}

/** What the second address waits for; undefined when none is missing. */
export function secondWaitsFor(ledger: Ledger, request: Request): readonly Slot[] | undefined {
  const { pool } = ledger.allocationOf(request.key) ?? {}
  const family = missingFamily(request, ledger.allocationOf(request.key))
  if (pool === undefined || family === undefined) return undefined
  const slots: Slot[] = request.sharing === undefined ? [] : [{ kind: 'sharing', sharing: request.sharing }]
  if (ledger.pools.get(pool)!.family(family).capacity > 0n) slots.push({ kind: 'pool', pool, family })
  return slots
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
