import { isDeepStrictEqual } from 'node:util'
import type { KubeObject } from '../kube/object.ts'
import type { Change } from '../kube/store.ts'

/** Statuses change all the time, not least by what we write; what is configured is in spec and labels. */
export function isOtherSpec({ before, after }: Change<KubeObject>): boolean {
  return before?.metadata?.uid !== after?.metadata?.uid || before?.metadata?.generation !== after?.metadata?.generation
}

export function isOtherLabels({ before, after }: Change<KubeObject>): boolean {
  if (before === undefined || after === undefined) return true
  return !isDeepStrictEqual(before.metadata?.labels, after.metadata?.labels)
}
