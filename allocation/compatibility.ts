import { isDeepStrictEqual } from 'node:util'
import { matchesAny } from '../config/selector.ts'
import type { Pool } from '../config/snapshot.ts'
import type { Request } from './request.ts'

type Applicant = Pick<Request, 'namespace' | 'labels'>

/** Whether the pool's serviceAllocation lets the Service in; both criteria must hold where both are given. */
export function isOpenTo({ allocation }: Pool, { namespace, labels }: Applicant): boolean {
  if (allocation === undefined) return true
  const { namespaces, serviceSelectors } = allocation
  if (namespaces.size > 0 && !namespaces.has(namespace)) return false
  return serviceSelectors.length === 0 || matchesAny(serviceSelectors, labels)
}

/**
 * Whether the pool is meant for the Service rather than merely open to it. A section whose namespace selectors
 * match nothing names nobody: such a pool is never picked by itself.
 */
export function isPinnedTo(pool: Pool, applicant: Applicant): boolean {
  if (pool.allocation === undefined) return false
  const { namespaces, serviceSelectors } = pool.allocation
  return namespaces.size + serviceSelectors.length > 0 && isOpenTo(pool, applicant)
}

/** Whether a pool that was edited may not let in a Service any more that it has let in; the labels are not known. */
export function mayShutOut(before: Pool, { allocation }: Pool, namespace: string): boolean {
  if (allocation === undefined) return false
  const { namespaces, serviceSelectors } = allocation
  if (namespaces.size > 0 && !namespaces.has(namespace)) return true
  return serviceSelectors.length > 0 && !isDeepStrictEqual(serviceSelectors, before.allocation?.serviceSelectors)
}
