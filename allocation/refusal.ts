import type { PoolFinding } from './finding.ts'
import type { AllocatedReason } from './reasons.ts'
import type { Slot } from './slot.ts'

/** Why a Service has no address, or not the one it asks for. */
export interface Refusal {
  readonly reason: RefusalReason
  /** For the user: what stands in the way, by name. */
  readonly message: string
  /** What would have to become free; empty where only a change of configuration or of the Service helps. */
  readonly waitsFor: readonly Slot[]
  /** The pools that were considered, and why each would not do; empty where no pool was looked for. */
  readonly considered: readonly PoolFinding[]
}

export type RefusalReason = Exclude<AllocatedReason, 'Allocated'>

export function refusal(
  reason: RefusalReason,
  message: string,
  waitsFor: readonly Slot[] = [],
  considered: readonly PoolFinding[] = [],
): Refusal {
  return { reason, message, waitsFor, considered }
}

export function isRefusal<T extends object>(outcome: T | Refusal): outcome is Refusal {
  return 'waitsFor' in outcome
}
