import type { Address } from '../net/address.ts'
import { formatAddresses } from './assign.ts'
import type { AllocatedReason } from './reasons.ts'
import type { Refusal } from './refusal.ts'

/** The condition `metallb.io/Allocated` of a Service. Nothing in it changes unless the Service's own situation does. */
export interface AllocatedCondition {
  readonly status: 'True' | 'False'
  readonly reason: AllocatedReason
  /** For the user: which addresses from where, and what stands in the way of more. */
  readonly message: string
}

/** What a Service is told that has these addresses; `refused` is why it does not have what it asks for. */
export function allocatedCondition(
  addresses: readonly Address[],
  pool: string | undefined,
  refused: Refusal | undefined,
): AllocatedCondition | undefined {
  if (addresses.length === 0) return refused && { status: 'False', reason: refused.reason, message: refused.message }
  const what = formatAddresses(addresses) + (pool === undefined ? '' : ` from pool ${pool}`)
  if (refused === undefined) return { status: 'True', reason: 'Allocated', message: what }
  return { status: 'True', reason: refused.reason, message: `${what}; ${refused.message}` }
}
