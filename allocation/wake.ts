import type { Address } from '../net/address.ts'
import { type AddressRange, rangeOf } from '../net/range.ts'
import type { Ledger, Unsettled } from './ledger.ts'
import { namespaceOf } from './namespace-use.ts'
import type { PoolChange } from './pool-set.ts'
import { type Slot, sharingSlots } from './slot.ts'

/** Whether there is some of it now. */
export function isAvailable(ledger: Ledger, slot: Slot): boolean {
  if (slot.kind === 'address' || slot.kind === 'sharing') return true
  const space = ledger.pools.get(slot.pool)
  if (space === undefined) return false
  if (slot.kind === 'quota') return space.roomFor(slot.namespace) >= slot.addresses
  const family = space.family(slot.family)
  if (slot.kind === 'pool') return family.hasFree
  const reservation = ledger.reservations.get(slot.reservation)
  return reservation !== undefined && family.hasKept(reservation)
}

/** What there may be when a Service has left an address. */
export function slotsOfLeft(ledger: Ledger, { pool, address, user }: Unsettled): Slot[] {
  const slots = [...joiningSlots(ledger, address), ...sharingSlots(user.sharing)]
  if (pool === undefined) return slots
  const namespace = namespaceOf(user.service)
  const quota = [1, 2].map((addresses): Slot => ({ kind: 'quota', pool, namespace, addresses }))
  return [...slots, ...stockSlots(ledger, pool, rangeOf(address)), ...quota]
}

/** What there may be when an address is withheld no more. */
export function slotsOfWithheld(ledger: Ledger, address: Address): Slot[] {
  return [...joiningSlots(ledger, address), ...slotsOfRange(ledger, rangeOf(address))]
}

/** What there may be when addresses are kept for others, or for nobody. */
export function slotsOfRange(ledger: Ledger, range: AddressRange): Slot[] {
  return ledger.pools.touching(range).flatMap(({ pool }) => stockSlots(ledger, pool.name, range))
}

/** What there may be when a pool has more addresses than before. */
export function slotsOfPool({ after }: PoolChange): Slot[] {
  if (after === undefined) return []
  return ([4, 6] as const).map((family) => ({ kind: 'pool', pool: after.name, family }))
}

/** The address itself, and whatever can be shared with those who hold it. */
function joiningSlots(ledger: Ledger, address: Address): Slot[] {
  const [space] = ledger.pools.touching(rangeOf(address))
  const [holder] = space?.family(address.family).usersOf(address) ?? []
  return [{ kind: 'address', address }, ...sharingSlots(holder?.sharing)]
}

function stockSlots(ledger: Ledger, pool: string, range: AddressRange): Slot[] {
  const { family } = range
  const reservations = new Set([...ledger.reservations.within(range)].flatMap(({ labels }) => labels))
  const reserved = [...reservations].map(({ name }): Slot => ({ kind: 'reserved', reservation: name, pool, family }))
  return [{ kind: 'pool', pool, family }, ...reserved]
}
