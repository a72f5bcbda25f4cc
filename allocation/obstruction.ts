import type { ReservationHolder } from '../config/reservation.ts'
import { formatSelector } from '../config/selector.ts'
import { type Address, formatAddress } from '../net/address.ts'
import { userOf } from './assign.ts'
import { formatFinding } from './finding.ts'
import type { Ledger } from './ledger.ts'
import type { PoolSpace } from './pool-space.ts'
import { type Refusal, refusal } from './refusal.ts'
import type { Request } from './request.ts'
import { isFor } from './reservations.ts'
import { beyondQuota } from './shortage.ts'
import { type Slot, sharingSlots } from './slot.ts'
import { describeWithheld } from './withheld.ts'

/** Why addresses that the Service asks for, and does not have yet, are not given out by their pool, or not to it. */
export function whyNotGivenOut(
  ledger: Ledger,
  request: Request,
  space: PoolSpace,
  addresses: readonly Address[],
): Refusal | undefined {
  const { name, disabled } = space.pool
  // 1. The pool gives out addresses.
  if (disabled) return refusal('PoolDisabled', `pool ${name} is disabled: it gives out no new addresses`)
  for (const address of addresses) {
    const refused = whyNotThisOne(ledger, request, space, address)
    if (refused !== undefined) return refused
  }
  // 6. The namespace has not used its quota.
  return whyNotSoMany(request, space, addresses)
}

function whyNotThisOne(ledger: Ledger, request: Request, space: PoolSpace, address: Address): Refusal | undefined {
  const text = formatAddress(address)
  const waitsFor: Slot[] = [{ kind: 'address', address }]
  // 2. The pool does not exclude the address.
  if (space.family(address.family).isExcluded(address)) {
    return refusal('Excluded', `${text} is excluded from pool ${space.pool.name}`)
  }
  // 3. Nobody outside of the cluster's Services has it.
  const withheld = ledger.withheld.at(address)
  if (withheld !== undefined) return refusal(withheld.reason, `${text} is ${describeWithheld(withheld)}`, waitsFor)
  // 4. Nobody else has to leave it first.
  const contestant = ledger.contestantOn(address)
  if (contestant !== undefined) {
    return refusal('AddressInUse', `${text} is still in the status of ${contestant}, which has to leave it`, waitsFor)
  }
  // 5. It is not kept for others; who may share it with those who hold it comes in addition.
  const reservations = ledger.reservations.deciding(address)
  const [reservation] = reservations
  if (reservation === undefined || reservations.some((other) => isFor(other, request))) return undefined
  if (isSharedWith(request, space, address)) return undefined
  const message = `${text} is kept for ${formatHolder(reservation.holder)} by IPReservation ${reservation.name}`
  return refusal('Reserved', message, [...waitsFor, ...sharingSlots(request.sharing)])
}

function isSharedWith(request: Request, space: PoolSpace, address: Address): boolean {
  const family = space.family(address.family)
  return family.usersOf(address).length > 0 && family.obstacle(address, userOf(request)) === undefined
}

function whyNotSoMany(
  { namespace, sharing }: Request,
  space: PoolSpace,
  addresses: readonly Address[],
): Refusal | undefined {
  const added = addresses.filter((address) => !space.family(address.family).isUsedBy(namespace, address))
  if (space.roomFor(namespace) >= added.length) return undefined
  const { finding, waitsFor } = beyondQuota(space, namespace, added.length, sharing)
  return refusal('QuotaExceeded', `pool ${space.pool.name}: ${formatFinding(finding)}`, waitsFor, [finding])
}

export function formatHolder(holder: ReservationHolder): string {
  switch (holder.kind) {
    case 'service':
      return `Service ${holder.key}`
    case 'namespace':
      return `namespace ${holder.namespace}`
    case 'selector':
      return `Services with ${formatSelector(holder.selector) || 'any labels'}`
  }
}
