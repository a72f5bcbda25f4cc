import type { V1Pod } from '@kubernetes/client-node'

/** One that terminates is not: it hands over already what it has. */
export function isReadyPod({ metadata, status }: V1Pod): boolean {
  if (metadata?.deletionTimestamp) return false
  return status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false
}
