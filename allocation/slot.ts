import { type Address, type Family, formatAddress } from '../net/address.ts'

/** Something that may become free, or open, and let a waiting Service have its address. */
export type Slot =
  /** An address that is for everybody. */
  | { readonly kind: 'pool'; readonly pool: string; readonly family: Family }
  /** An address that an IPReservation keeps. */
  | { readonly kind: 'reserved'; readonly reservation: string; readonly pool: string; readonly family: Family }
  /** So many more addresses for the namespace. */
  | { readonly kind: 'quota'; readonly pool: string; readonly namespace: string; readonly addresses: number }
  | { readonly kind: 'address'; readonly address: Address }
  | { readonly kind: 'sharing'; readonly sharing: string }

/** Equal text for equal slots. */
export function formatSlot(slot: Slot): string {
  switch (slot.kind) {
    case 'pool':
      return `IPv${slot.family} address of pool ${slot.pool}`
    case 'reserved':
      return `IPv${slot.family} address of pool ${slot.pool} reserved by ${slot.reservation}`
    case 'quota':
      return `${slot.addresses} in the quota of ${slot.namespace} in pool ${slot.pool}`
    case 'address':
      return `address ${formatAddress(slot.address)}`
    case 'sharing':
      return `address shared under ${slot.sharing}`
  }
}

/** Where addresses can be shared, somebody's change of terms may help. */
export function sharingSlots(sharing: string | undefined): Slot[] {
  return sharing === undefined ? [] : [{ kind: 'sharing', sharing }]
}
