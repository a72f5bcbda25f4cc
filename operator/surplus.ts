import { isManagedByOperator } from '../cdk8s/labels.ts'
import type { Manifest } from '../cdk8s/manifest.ts'
import type { KubeObject } from '../kube/object.ts'

/**
 * Which of the existing objects of `kind` are no longer wanted: made by this operator for this very resource, and not desired.
 * What MetalLB's operator left (owned by the resource, without our label) is not ours to delete.
 */
export function surplus<T extends KubeObject>(
  kind: string,
  existing: Iterable<T>,
  desired: readonly Manifest[],
  ownerUid: string | undefined,
): T[] {
  const wanted = new Set(desired.filter((object) => object.kind === kind).map(nameOf))
  return [...existing].filter((object) => isOurs(object, ownerUid) && !wanted.has(nameOf(object)))
}

function isOurs({ metadata }: KubeObject, ownerUid: string | undefined): boolean {
  const owned = metadata?.ownerReferences?.some(({ uid, controller }) => controller === true && uid === ownerUid)
  return owned === true && isManagedByOperator(metadata?.labels)
}

const nameOf = ({ metadata }: KubeObject): string => `${metadata?.namespace}/${metadata?.name}`
