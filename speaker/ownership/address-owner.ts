import type { Pace } from './pace.ts'

/** What the election and the absences make of this node for one address. */
export type Duty =
  /** Nobody has it, or this node must be silent at once. */
  | { readonly type: 'none' }
  /** Another node has it, or answers in its place. */
  | { readonly type: 'other' }
  /** `isFenced`: somebody who cannot be heard might have it. */
  | { readonly type: 'own'; readonly isFenced: boolean }
  /** `absent` has it and its speaker is away; this node is the first behind. */
  | { readonly type: 'substitute'; readonly absent: string; readonly isKept: boolean }

/** What this node does about one address. */
export type OwnerState =
  | { readonly type: 'silent' }
  /** Asks whether anybody answers for it. */
  | { readonly type: 'fencing'; readonly asked: number; readonly extra: number; readonly dueMillis: number }
  /** Nobody does; whether the absent node is there is still being asked. */
  | { readonly type: 'clear' }
  /** `by` does. Is asked again. */
  | { readonly type: 'held'; readonly by: string; readonly everyMillis: number; readonly dueMillis: number }
  /** Answers with the absent node's MAC. */
  | { readonly type: 'standingIn'; readonly absent: string }
  | { readonly type: 'owner'; readonly repeatedMillis: number; readonly defendedMillis: number }
  /** Answers as before until the new owner announces. `absent`: in whose place it has answered. */
  | { readonly type: 'handingOver'; readonly absent: string | undefined; readonly dueMillis: number }

/** Who has claimed an address. */
export type Claimant =
  /** The own MAC, from another's hands: somebody answers in this node's place. */
  | { readonly type: 'self' }
  /**
   * `isHeard`: alive in the membership, so that it will yield or win. `wins`: comes first in an election over the union
   * of both views.
   */
  | { readonly type: 'speaker'; readonly name: string; readonly isHeard: boolean; readonly wins: boolean }
  | { readonly type: 'stranger' }

export type OwnerEvent =
  /** The duty has changed: see the context. */
  | { readonly type: 'duty' }
  | { readonly type: 'claim'; readonly by: Claimant; readonly kind: 'announcement' | 'reply' }
  | { readonly type: 'due'; readonly lateMillis: number }

export type OwnerAction =
  | { readonly type: 'probe' }
  /** 'own' also announces. */
  | { readonly type: 'answer'; readonly as: 'nobody' | 'own' }
  | { readonly type: 'standIn'; readonly absent: string }
  | { readonly type: 'announceAgain' }
  /** A stranger has the address. */
  | { readonly type: 'report' }

export interface OwnerStep {
  readonly state: OwnerState
  readonly actions: readonly OwnerAction[]
}

export interface OwnerContext {
  readonly duty: Duty
  readonly nowMillis: number
  readonly pace: Pace
}

export const silent: OwnerState = Object.freeze({ type: 'silent' })

export function stepOwner(state: OwnerState, _event: OwnerEvent, _context: OwnerContext): OwnerStep {
  return { state, actions: [] }
}

/** When to send it `due`; undefined: it waits for something else. */
export function ownerDueMillis(state: OwnerState): number | undefined {
  return 'dueMillis' in state ? state.dueMillis : undefined
}
