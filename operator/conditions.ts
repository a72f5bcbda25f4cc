import type { MetalLB } from '../crds/generated/types.ts'
import { timestampOf } from '../kube/timestamp.ts'
import type { Health } from './health.ts'

export type Condition = NonNullable<NonNullable<MetalLB['status']>['conditions']>[number]

const types = ['Available', 'Upgradeable', 'Progressing', 'Degraded'] as const

/** Which conditions are true in a state; all others are False with their own type as reason. */
const trueTypes: Readonly<Record<Health['state'], readonly string[]>> = {
  available: ['Available', 'Upgradeable'],
  progressing: ['Progressing'],
  degraded: ['Degraded'],
}

/**
 * The full set of conditions for `health`.
 *
 * Guarantees: a transition time changes only with its condition's status, so that an unchanged state gives an equal list.
 */
export function nextConditions(
  previous: readonly Condition[],
  health: Health,
  generation: number,
  now: Date,
): Condition[] {
  return types.map((type) => {
    const holds = trueTypes[health.state].includes(type)
    const status = holds ? 'True' : 'False'
    const before = previous.find((condition) => condition.type === type)
    return {
      type,
      status,
      reason: holds && health.state === 'degraded' ? health.reason : type,
      message: holds ? health.message : '',
      observedGeneration: generation,
      lastTransitionTime: before?.status === status ? before.lastTransitionTime : timestampOf(now),
    }
  })
}

export function sameConditions(a: readonly Condition[], b: readonly Condition[]): boolean {
  return a.length === b.length && a.every((condition, index) => sameCondition(condition, b[index]!))
}

const fields = ['type', 'status', 'reason', 'message', 'observedGeneration', 'lastTransitionTime'] as const

function sameCondition(a: Condition, b: Condition): boolean {
  return fields.every((field) => a[field] === b[field])
}
