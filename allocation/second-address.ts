import { type Address, formatAddress } from '../net/address.ts'
import { lowestIn } from './allocate.ts'
import { assign } from './assign.ts'
import { nameOfFamily, otherFamily } from './families.ts'
import type { Ledger } from './ledger.ts'
import type { Slot } from './refusal.ts'
import type { Request } from './request.ts'
import { normal, type ServiceEvent } from './service-event.ts'

/**
 * Where two addresses are preferred and the Service has one, adds the other family's from the same pool.
 * Returns what the missing one waits for; undefined when nothing is missing.
 *
 * Unlike MetalLB only for Services with cluster IPs of both families: it adds a second address in single-stack clusters
 * too, and takes it away again in the next pass, for ever.
 */
export function addSecond(ledger: Ledger, request: Request, events: ServiceEvent[]): readonly Slot[] | undefined {
  const { pool = '', addresses = [] } = ledger.allocationOf(request.key) ?? {}
  const [present] = addresses
  const isComplete = addresses.length > 1 || request.policy !== 'PreferDualStack' || request.clusterIPs.length < 2
  if (present === undefined || isComplete) return undefined
  const space = ledger.pools.get(pool)!
  const family = otherFamily(present.family)
  const second = lowestIn(space, family, request)
  if (second !== undefined) return add(ledger, request, [present, second], events)
  const message = `pool ${pool} has no free ${nameOfFamily(family)} address beside ${formatAddress(present)}`
  events.push(normal('AdditionalAssignFailed', message))
  return space.family(family).capacity > 0n ? [{ kind: 'pool', pool, family }] : []
}

function add(ledger: Ledger, request: Request, both: readonly [Address, Address], events: ServiceEvent[]): undefined {
  assign(ledger, request, both)
  events.push(normal('IPAllocated', `assigned also ${formatAddress(both[1])}`))
}
