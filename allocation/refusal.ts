import { type Address, type Family, formatAddress } from '../net/address.ts'
import type { AllocatedReason } from './reasons.ts'

/** Why a Service has no address, or not the one it asks for. */
export interface Refusal {
  readonly reason: RefusalReason
  /** For the user: what stands in the way, by name. */
  readonly message: string
  /** What would have to become free; empty where only a change of configuration or of the Service helps. */
  readonly waitsFor: readonly Slot[]
}

export type RefusalReason = Exclude<AllocatedReason, 'Allocated'>

/** Something whose release may let a waiting Service have its address. */
export type Slot =
  | { readonly kind: 'pool'; readonly pool: string; readonly family: Family }
  | { readonly kind: 'address'; readonly address: Address }
  | { readonly kind: 'sharing'; readonly sharing: string }

/** Equal text for equal slots. */
export function formatSlot(slot: Slot): string {
  switch (slot.kind) {
    case 'pool':
      return `IPv${slot.family} address of pool ${slot.pool}`
    case 'address':
      return `address ${formatAddress(slot.address)}`
    case 'sharing':
      return `address shared under ${slot.sharing}`
  }
}

export function refusal(reason: RefusalReason, message: string, waitsFor: readonly Slot[] = []): Refusal {
  return { reason, message, waitsFor }
}

export function isRefusal<T extends object>(outcome: T | Refusal): outcome is Refusal {
  return 'waitsFor' in outcome
}
