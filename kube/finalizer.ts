/**
 * A finalizer: work that must be undone before an object may go.
 *
 * Guarantee: `cleanup` runs to its end before the object disappears, for every object that `apply` ever saw.
 */

import type { CallLimits, KubeClient } from './client.ts'
import { Action } from './controller.ts'
import { type KubeObject, keyOf, refOf } from './object.ts'
import type { Resource } from './resource.ts'

type JsonPatch = { op: 'test' | 'add' | 'remove'; path: string; value?: unknown }[]

export type FinalizerStep =
  | { kind: 'apply' }
  | { kind: 'add'; patch: JsonPatch }
  | { kind: 'cleanup'; thenRemove: JsonPatch }
  | { kind: 'nothing' }

/** What the object needs next. The `test` operations refuse a patch that was made for another state of the list. */
export function finalizerStep(object: KubeObject, finalizer: string): FinalizerStep {
  const finalizers = object.metadata?.finalizers ?? []
  const index = finalizers.indexOf(finalizer)
  const deleting = object.metadata?.deletionTimestamp !== undefined
  const list = '/metadata/finalizers'
  // Ours is set and nobody deletes: the ordinary case.
  if (index >= 0 && !deleting) return { kind: 'apply' }
  if (index >= 0) {
    const path = `${list}/${index}`
    return {
      kind: 'cleanup',
      thenRemove: [
        { op: 'test', path, value: finalizer },
        { op: 'remove', path },
      ],
    }
  }
  // Ours is gone or never was: what is left of the object is others' business.
  if (deleting) return { kind: 'nothing' }
  // First the promise to clean up, then the work; the patch is a change, which brings the object back here.
  if (finalizers.length > 0)
    return {
      kind: 'add',
      patch: [
        { op: 'test', path: list, value: finalizers },
        { op: 'add', path: `${list}/-`, value: finalizer },
      ],
    }
  return {
    kind: 'add',
    patch: [
      { op: 'test', path: list, value: null },
      { op: 'add', path: list, value: [finalizer] },
    ],
  }
}

export interface FinalizerWork<T> {
  /** A domain name and a word: "example.com/routes". */
  finalizer: string
  apply(object: T): Promise<Action> | Action
  /** May run more than once for an object. */
  cleanup(object: T): Promise<void> | void
}

/** The body of a reconciler for an object with a finalizer. */
export async function reconcileWithFinalizer<T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  object: T,
  { finalizer, apply, cleanup }: FinalizerWork<T>,
  limits: CallLimits = {},
): Promise<Action> {
  const patch = (body: JsonPatch) => client.patch(resource, refOf(keyOf(object)), { type: 'json', body, ...limits })
  const step = finalizerStep(object, finalizer)
  switch (step.kind) {
    case 'apply':
      return apply(object)
    case 'add':
      await patch(step.patch)
      return Action.awaitChange
    case 'cleanup':
      await cleanup(object)
      await patch(step.thenRemove)
      return Action.awaitChange
    case 'nothing':
      return Action.awaitChange
    default:
      return step satisfies never
  }
}
