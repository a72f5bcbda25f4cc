import type { V1Service } from '@kubernetes/client-node'
import type { UsableEndpoints } from '../announcement/endpoints.ts'
import type { Pool } from '../config/snapshot.ts'
import type { Address } from '../net/address.ts'

/** A Service whose addresses may be announced, with what any protocol needs to decide whether this node does it. */
export interface Candidate {
  readonly key: string
  readonly service: V1Service
  readonly addresses: readonly Address[]
  readonly pool: Pool
  readonly endpoints: UsableEndpoints
}

export type Outcome =
  | { readonly announces: true }
  /** `reason` is MetalLB's word, `message` says more. */
  | { readonly announces: false; readonly reason: string; readonly message: string }

/** A way to make addresses reachable. Services are announced by each of those that want to. */
export interface Protocol {
  readonly name: 'bgp' | 'layer2'
  /** Decides anew and brings what is announced in line; does nothing when nothing has changed. */
  reconcile(candidate: Candidate): Outcome
  /** Does nothing when the Service is not announced. */
  withdraw(key: string): void
}
