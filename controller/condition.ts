import type { Condition } from '../crds/generated/types.ts'
import type { Clock } from '../kube/clock.ts'
import { timestampOf } from '../kube/timestamp.ts'

/** What a condition says, apart from since when. */
export type Statement = Pick<Condition, 'status' | 'reason' | 'message'>

export function isSaid(
  condition: { [K in keyof Statement]?: string } | undefined,
  { status, reason, message }: Statement,
): boolean {
  return condition?.status === status && condition.reason === reason && condition.message === message
}

/** `before`: the condition as it is, whose time stays as long as its status does. */
export function conditionOf(type: string, said: Statement, before: Condition | undefined, clock: Clock): Condition {
  const isSince = before?.status === said.status
  const lastTransitionTime = isSince ? before.lastTransitionTime : timestampOf(clock.wallTime())
  return { type, ...said, lastTransitionTime }
}
