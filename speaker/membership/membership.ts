import type { Action } from './action.ts'
import type { Constants } from './constants.ts'
import type { MembershipEvent } from './event.ts'
import type { Member, Phase } from './member.ts'

export interface MembershipOptions {
  name: string
  /** The wall clock in ms at the start of the process, so that a restart is newer without state on disk. */
  incarnation: number
  constants?: Partial<Constants>
  /** In [0, 1). */
  random: () => number
}

export class Membership {
  readonly own: { readonly incarnation: number; readonly phase: Phase; readonly isDeaf: boolean }

  constructor(options: MembershipOptions) {
    this.own = { incarnation: options.incarnation, phase: 'starting', isDeaf: false }
  }

  /** Wake it then. Infinity before `start` and after the last LEAVE. */
  get dueMillis(): number {
    return Number.POSITIVE_INFINITY
  }

  get digest(): number {
    return 0
  }

  member(_name: string): Member | undefined {
    return undefined
  }

  /** The others, listed or heard of. */
  members(): Iterable<Member> {
    return []
  }

  step(_event: MembershipEvent, _nowMillis: number): readonly Action[] {
    return []
  }
}
