import type { V1Condition, V1Service } from '@kubernetes/client-node'

export const announcedType = 'metallb.io/Announced'

/** What the Service is told at present. As kept in memory it is without the time, which nobody reads. */
export function announcedOf({ status }: V1Service): V1Condition | undefined {
  return status?.conditions?.find(({ type }) => type === announcedType)
}
