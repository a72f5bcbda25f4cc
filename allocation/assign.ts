import { type Address, formatAddress } from '../net/address.ts'
import { sharingAnnotation } from './annotations.ts'
import { isOpenTo } from './compatibility.ts'
import { familiesOf } from './families.ts'
import type { Obstacle, User } from './holders.ts'
import type { Ledger } from './ledger.ts'
import { whyNotGivenOut } from './obstruction.ts'
import type { PoolSpace } from './pool-space.ts'
import { isRefusal, type Refusal, refusal } from './refusal.ts'
import type { Request } from './request.ts'
import { type Slot, sharingSlots } from './slot.ts'

/** Addresses that a Service may have. */
export interface Placement {
  readonly space: PoolSpace
  readonly addresses: readonly Address[]
}

const noPorts: readonly string[] = []

/** Gives the Service exactly these addresses, which it has already, if it may have them. */
export function assign(ledger: Ledger, request: Request, addresses: readonly Address[]): Placement | Refusal {
  const placement = placeExactly(ledger, request, addresses)
  if (!isRefusal(placement)) take(ledger, request, placement)
  return placement
}

/** Gives the Service exactly these addresses, which it asks for, if it may have them and they may be given out. */
export function assignNew(ledger: Ledger, request: Request, addresses: readonly Address[]): Placement | Refusal {
  const placement = placeExactly(ledger, request, addresses, whyNotGivenOut)
  if (!isRefusal(placement)) take(ledger, request, placement)
  return placement
}

/** Whether the Service may have exactly these addresses. */
function placeExactly(
  ledger: Ledger,
  request: Request,
  addresses: readonly Address[],
  whyNot?: typeof whyNotGivenOut,
): Placement | Refusal {
  // 1. One pool has them all.
  const space = ledger.pools.having(addresses)
  if (space === undefined) return outsidePools(ledger, addresses)
  // 2. The pool is open to the Service.
  if (!isOpenTo(space.pool, request)) return poolClosed(space, request)
  // 3. At most one address of each family.
  if (familiesOf(addresses) === undefined) {
    return refusal('RequestFamilies', `${formatAddresses(addresses)}: a Service can have one IPv4 and one IPv6 address`)
  }
  // 4. New addresses only: they may be given out, and to this Service.
  const refused = whyNot?.(ledger, request, space, addresses)
  if (refused !== undefined) return refused
  // 5. Nobody is in the way, or they share.
  const user = userOf(request)
  for (const address of addresses) {
    const obstacle = space.family(address.family).obstacle(address, user)
    if (obstacle !== undefined) return occupied(address, obstacle, request)
  }
  return { space, addresses }
}

export function take(ledger: Ledger, request: Request, { space, addresses }: Placement): void {
  ledger.hold({ ...userOf(request), pool: space.pool.name, addresses })
}

/** Where nothing is shared, ports do not matter. */
export function userOf({ key, sharing, ports }: Request): User {
  return { service: key, sharing, ports: sharing === undefined ? noPorts : ports }
}

export function formatAddresses(addresses: readonly Address[]): string {
  return addresses.map(formatAddress).join(', ')
}

export function poolClosed({ pool }: PoolSpace, { key }: Request): Refusal {
  return refusal('PoolClosed', `pool ${pool.name} is not open to ${key}: see its serviceAllocation`)
}

function outsidePools(ledger: Ledger, addresses: readonly Address[]): Refusal {
  const text = formatAddresses(addresses)
  const isSplit = addresses.length > 1 && addresses.every((address) => ledger.pools.having([address]) !== undefined)
  if (isSplit) return refusal('OutsidePools', `${text} are in different pools: both must be in one`)
  const avoiding = addresses.map((address) => ledger.pools.avoiding(address)).find((space) => space !== undefined)
  const why =
    avoiding === undefined ? '' : `: pool ${avoiding.pool.name} has avoidBuggyIPs, which leaves out .0 and .255`
  return refusal('OutsidePools', `no pool gives out ${text}${why}`)
}

function occupied(address: Address, obstacle: Obstacle, { sharing }: Request): Refusal {
  const text = formatAddress(address)
  const others = obstacle.services.join(', ')
  const waitsFor: Slot[] = [{ kind: 'address', address }, ...sharingSlots(sharing)]
  if (obstacle.kind === 'port-in-use') {
    return refusal('PortInUse', `port ${obstacle.port} of ${text} is in use by ${others}`, waitsFor)
  }
  const why =
    sharing === undefined
      ? `this Service has no sharing key (annotation ${sharingAnnotation})`
      : `all must have the same ${sharingAnnotation} and externalTrafficPolicy, under Local also the same selector`
  return refusal('AddressInUse', `${text} is in use by ${others} and not shared with this Service: ${why}`, waitsFor)
}
