/** One object that a process keeps as it wants it: by server-side apply, and again when somebody removes or edits it. */
import { isDeepStrictEqual } from 'node:util'
import type { KubeClient } from './client.ts'
import type { Clock } from './clock.ts'
import { Action, type ReconcileContext, type StopOptions, startController } from './controller.ts'
import type { Log } from './log.ts'
import { type KubeObject, refOf } from './object.ts'
import type { Resource } from './resource.ts'
import type { Store } from './store.ts'

type WithStatus = KubeObject & { status?: unknown }

export interface AppliedObjectOptions<T> {
  readonly client: Pick<KubeClient, 'apply'>
  readonly resource: Resource<T & KubeObject>
  /** "namespace/name" */
  readonly key: string
  readonly fieldManager: string
  /** Where the watch shows the object. */
  readonly store: Store<T>
  /** Whether nothing is to be written; what may differ, such as a time, does not count. */
  readonly isSame: (stored: T, wanted: T) => boolean
  /** From one writing to the next, whoever is the cause; the newest that is wanted then is written. Default: none. */
  readonly leastMillis?: number
  readonly log: Log
  readonly clock: Clock
}

/** Undefined: nothing is to be written yet. */
type Build<T> = (signal: AbortSignal) => T | undefined | Promise<T>

export interface AppliedObject<T> {
  /** `build` is called whenever there may be something to write; its signal is aborted by `stop`. */
  want(build: Build<T>): void
  stop(options?: StopOptions): Promise<void>
}

/** Writes nothing before it knows what is wanted. */
export function keepApplied<T extends WithStatus>(options: AppliedObjectOptions<T>): AppliedObject<T> {
  const { client, resource, key, fieldManager, store, isSame, log, clock, leastMillis = 0 } = options
  let build: Build<T> | undefined
  let earliestMillis = Number.NEGATIVE_INFINITY

  async function reconcile(_key: string, { signal }: ReconcileContext): Promise<Action> {
    const waitMillis = earliestMillis - clock.now()
    if (waitMillis > 0) return Action.requeueAfter(waitMillis)
    const wanted = await build?.(signal)
    const stored = store.get(key)
    if (wanted === undefined || (stored && isSame(stored, wanted))) return Action.awaitChange
    earliestMillis = clock.now() + leastMillis
    if (!hasMetadataOf(wanted, stored)) {
      await client.apply(resource, { ...wanted, status: undefined }, { fieldManager, force: true, signal })
    }
    const status = { metadata: refOf(key), status: wanted.status } as T // what the subresource takes of one
    await client.apply(resource, status, { fieldManager, force: true, subresource: 'status', signal })
    return Action.awaitChange
  }

  const controller = startController({
    ...{ name: `apply-${resource.plural}`, reconcile, log, clock },
    backoff: { initialMillis: Math.max(100, 2 * leastMillis), maximumMillis: 300_000 }, // half of it is the shortest
  })
  const unsubscribe = store.subscribe((change) => {
    if (change.key === key) controller.enqueue(key)
  })
  return {
    want(given) {
      build = given
      controller.enqueue(key)
    },
    async stop(options) {
      unsubscribe()
      await controller.stop(options)
    },
  }
}

/** Then its status alone is to be written. */
function hasMetadataOf({ metadata = {} }: KubeObject, stored: KubeObject | undefined): boolean {
  const { labels = {}, ownerReferences = [] } = stored?.metadata ?? {}
  const isLabelled = Object.entries(metadata.labels ?? {}).every(([name, value]) => labels[name] === value)
  return stored !== undefined && isLabelled && isDeepStrictEqual(ownerReferences, metadata.ownerReferences ?? [])
}
