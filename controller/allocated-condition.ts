import type { V1Condition, V1Service } from '@kubernetes/client-node'
import type { AllocatedCondition } from '../allocation/condition.ts'

export const allocatedType = 'metallb.io/Allocated'

/** What the Service is told at present. As kept in memory it is without the time, which nobody reads. */
export function allocatedOf({ status }: V1Service): V1Condition | undefined {
  return status?.conditions?.find(({ type }) => type === allocatedType)
}

/** Whether it has not got what it asks for, and would like to be told why now and then. */
export function isWanting({ status, reason }: Pick<AllocatedCondition, 'status' | 'reason'>): boolean {
  if (reason === 'Probing') return false // it is on its way
  return status === 'False' || (reason !== 'Allocated' && reason !== 'OneFamilyOnly')
}
