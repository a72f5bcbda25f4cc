import type { V1Condition, V1Service } from '@kubernetes/client-node'
import { announcedType } from './announced-condition.ts'
import { Interner } from './interner.ts'

/** More than there are different ones in any cluster that works. */
const limit = 1_000

/** Thousands of Services are told the same: what is given comes back with that condition kept once for all of them. */
export function shareConditions(): (service: V1Service) => V1Service {
  const conditions = new Interner<V1Condition>(limit)
  const share = (condition: V1Condition): V1Condition => {
    const { type, status, reason, message } = condition
    return type === announcedType ? conditions.one(`${status} ${reason} ${message}`, condition) : condition
  }
  return (service) => {
    if (service.status?.conditions) service.status.conditions = service.status.conditions.map(share)
    return service
  }
}
