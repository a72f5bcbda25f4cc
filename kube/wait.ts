/** Waiting for an object to be as it should, by watching it. */

import type { KubeClient } from './client.ts'
import { type Clock, systemClock } from './clock.ts'
import type { Log } from './log.ts'
import type { KubeObject, ObjectRef } from './object.ts'
import { reflect } from './reflector.ts'
import type { Resource } from './resource.ts'

/** `undefined`: there is no such object. */
export type Condition<T> = (object: T | undefined) => boolean

export class WaitTimeoutError extends Error {
  override readonly name = 'WaitTimeoutError'
  readonly code = 'wait-timeout'
}

export interface WaitOptions {
  timeoutMillis: number
  log: Log
  clock?: Clock
}

/** The object as it was when the condition first held. Throws WaitTimeoutError when it did not hold in time. */
export async function waitFor<T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  { namespace, name }: ObjectRef,
  condition: Condition<T>,
  { timeoutMillis, log, clock = systemClock }: WaitOptions,
): Promise<T | undefined> {
  const scope = namespace === undefined ? {} : { namespace }
  const reflector = reflect(client, resource, { ...scope, fieldSelector: `metadata.name=${name}`, log, clock })
  const key = namespace === undefined ? name : `${namespace}/${name}`
  reflector.start()
  try {
    return await new Promise<T | undefined>((resolve, reject) => {
      const late = () =>
        reject(new WaitTimeoutError(`${resource.plural} ${key}: not as wanted after ${timeoutMillis} ms`))
      const timer = clock.setTimeout(late, timeoutMillis)
      const look = () => {
        const object = reflector.store.get(key)
        if (!condition(object)) return
        clock.clearTimeout(timer)
        resolve(object)
      }
      // Before the first sync an object that is not there may only not have arrived.
      reflector.synced().then(look, () => {})
      reflector.store.subscribe(() => reflector.hasSynced && look())
    })
  } finally {
    await reflector.stop()
  }
}

export function isPresent(object: KubeObject | undefined): boolean {
  return object !== undefined
}

/** Gone, or replaced by another of the same name. */
export function isDeleted(uid: string): Condition<KubeObject> {
  return (object) => object?.metadata?.uid !== uid
}

interface WithConditions extends KubeObject {
  status?: { conditions?: { type: string; status: string }[] }
}

/** The status carries this condition: `hasCondition('Established')`. */
export function hasCondition(type: string, status: 'True' | 'False' | 'Unknown' = 'True'): Condition<WithConditions> {
  return (object) => object?.status?.conditions?.some((row) => row.type === type && row.status === status) ?? false
}
