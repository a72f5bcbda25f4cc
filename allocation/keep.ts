import { type Address, formatAddress, sameAddress } from '../net/address.ts'
import { assign, formatAddresses } from './assign.ts'
import { familiesOf, tryParseAddress } from './families.ts'
import type { Ledger } from './ledger.ts'
import { isRefusal, type Refusal, refusal } from './refusal.ts'
import type { Request } from './request.ts'
import { normal, type ServiceEvent, warning } from './service-event.ts'

/** Addresses that a Service has; undefined stands for one that cannot be read. */
type Present = readonly (Address | undefined)[]

/**
 * Whether the Service keeps the addresses it has. Afterwards the ledger says which are left: all or none.
 * A refusal ends the pass; `isUndecidable` means that not even the status may be touched.
 */
export function keepPresent(
  ledger: Ledger,
  request: Request,
  present: Present,
  events: ServiceEvent[],
): (Refusal & { readonly isUndecidable?: true }) | undefined {
  // 1. Addresses of families that the Service does not have are given up.
  const fit = familiesFit(request, present, events)
  if (fit === 'unknown') return { ...unclearFamilies(request), isUndecidable: true }
  if (fit === 'misfit') {
    ledger.release(request.key)
    return undefined
  }
  const addresses = present as readonly Address[] // families fit: all could be read
  // 2. They must still be permitted.
  const placement = assign(ledger, request, addresses)
  if (isRefusal(placement)) {
    ledger.release(request.key)
    events.push(normal('ClearAssignment', `${request.key} loses ${formatAddresses(addresses)}: ${placement.message}`))
  } else if (request.wantedPool !== '' && request.wantedPool !== placement.space.pool.name) {
    // 3. A pool asked for must be theirs.
    ledger.release(request.key)
  }
  // 4. Addresses asked for must be they.
  return compareWithWanted(ledger, request, addresses, events)
}

export function unclearFamilies({ clusterIPs }: Request): Refusal {
  return refusal('ClusterIPFamilies', `the IP families of the cluster IPs are unclear: ${clusterIPs.join(', ')}`)
}

/** A request that cannot be read changes nothing. */
function compareWithWanted(
  ledger: Ledger,
  request: Request,
  present: readonly Address[],
  events: ServiceEvent[],
): Refusal | undefined {
  const { key, wanted } = request
  if (!wanted.ok) {
    events.push(warning('LoadBalancerFailed', wanted.problem))
    return refusal('InvalidRequest', wanted.problem)
  }
  if (wanted.addresses.length === 0 || ledger.allocationOf(key) === undefined) return undefined
  if (areSame(wanted.addresses, present)) assign(ledger, request, present.toSorted(byText))
  else ledger.release(key)
  return undefined
}

function familiesFit(request: Request, present: Present, events: ServiceEvent[]): 'fit' | 'misfit' | 'unknown' {
  const presentFamilies = familiesOf(present)
  if (presentFamilies === undefined) {
    const texts = present.map((address) => (address === undefined ? 'unreadable' : formatAddress(address)))
    events.push(warning('nolbIPsIPFamily', `the IP families of the addresses in the status are unclear: ${texts}`))
  }
  const families = familiesOf(request.clusterIPs.map(tryParseAddress))
  if (families === undefined) {
    events.push(warning('noclusterIPsIPFamily', unclearFamilies(request).message))
    return 'unknown'
  }
  const isHalf = presentFamilies !== undefined && families === 'dual' && request.policy === 'PreferDualStack'
  return presentFamilies === families || isHalf ? 'fit' : 'misfit'
}

function areSame(a: readonly Address[], b: readonly Address[]): boolean {
  return a.length === b.length && a.every((address) => b.some((other) => sameAddress(address, other)))
}

/** As MetalLB: by text, so that 192.0.2.1 stands before 2001:db8::1. */
function byText(a: Address, b: Address): number {
  return formatAddress(a) < formatAddress(b) ? -1 : 1
}
