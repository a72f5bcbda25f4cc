import type { Phase } from '../membership/member.ts'
import type { OwnAbility } from './duty.ts'

/** What this speaker is itself. Each is true or false for a reason of its own. */
export interface Tenure {
  /** Everything that is to be announced has been elected once. */
  readonly isSettled: boolean
  /** The view of the members is complete. */
  readonly isSynced: boolean
  readonly isDeaf: boolean
  /** It is known whether its addresses have moved away meanwhile. */
  readonly isHome: boolean
  readonly isFit: boolean
  readonly isLeaving: boolean
  /** Until then it is a reserve. */
  readonly returningUntilMillis: number
}

export const newTenure: Tenure = Object.freeze({
  isSettled: false,
  isSynced: false,
  isDeaf: false,
  isHome: false,
  isFit: true,
  isLeaving: false,
  returningUntilMillis: Number.NEGATIVE_INFINITY,
})

/** What others are told. */
export function phaseOf(tenure: Tenure, nowMillis: number): Phase {
  if (tenure.isLeaving) return 'leaving'
  if (!canServe(tenure) || !tenure.isHome) return 'starting'
  if (!tenure.isFit) return 'unfit'
  return nowMillis < tenure.returningUntilMillis ? 'returning' : 'serving'
}

/** But for whether its addresses have moved. */
export function canServe({ isSettled, isSynced, isDeaf }: Tenure): boolean {
  return isSettled && isSynced && !isDeaf
}

export const ownAbilities: Readonly<Record<Phase, OwnAbility>> = {
  starting: 'silent',
  serving: 'serves',
  leaving: 'leaves',
  returning: 'reserve',
  unfit: 'leaves',
}
