import type { AddressRange } from '../net/range.ts'
import type { LabelSelector } from './selector.ts'

/** Addresses that are kept for somebody. */
export interface ReservationSpec {
  readonly name: string
  readonly addresses: readonly AddressRange[]
  readonly holder: ReservationHolder
  /** Wall clock; undefined: for ever. */
  readonly expiresAtMillis: number | undefined
}

export type ReservationHolder =
  /** `key` is namespace/name. */
  | { readonly kind: 'service'; readonly key: string }
  | { readonly kind: 'namespace'; readonly namespace: string }
  | { readonly kind: 'selector'; readonly selector: LabelSelector }
