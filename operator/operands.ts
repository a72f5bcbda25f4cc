import type { V1ConfigMap, V1DaemonSet, V1Deployment } from '@kubernetes/client-node'
import type { Manifest } from '../cdk8s/manifest.ts'
import type { KubeClient } from '../kube/client.ts'
import type { ReconcileContext } from '../kube/controller.ts'
import { type KubeObject, keyOf, refOf } from '../kube/object.ts'
import type { Resource } from '../kube/resource.ts'
import type { Store } from '../kube/store.ts'
import { keeps } from './drift.ts'
import { surplus } from './surplus.ts'

export const fieldManager = 'metallb-operator'

/** The local copy of one kind that the operator watches, applies and prunes. */
export interface OperandStore<T extends KubeObject = KubeObject> {
  readonly resource: Resource<T>
  readonly store: Store<T>
}

export interface OperandStores {
  readonly deployments: OperandStore<V1Deployment>
  readonly daemonSets: OperandStore<V1DaemonSet>
  readonly configMaps: OperandStore<V1ConfigMap>
}

export class ApplyError extends Error {
  readonly code = 'apply-failed'

  constructor({ kind, metadata }: Manifest, cause: unknown) {
    super(`cannot apply ${kind} ${metadata.name}: ${cause instanceof Error ? cause.message : cause}`, { cause })
    this.name = 'ApplyError'
  }
}

interface Applied {
  /** What was asked for. */
  readonly text: string
  /** What the API server made of it. */
  readonly object: KubeObject
}

/**
 * The objects that the operator keeps. It remembers the API server's answers: the local copy lags behind a write, and who
 * decides on it takes the state before the write for the state after.
 */
export class Operands {
  readonly #client: KubeClient
  readonly #stores: readonly OperandStore[]
  readonly #applied = new Map<string, Applied>()

  constructor(client: KubeClient, stores: OperandStores) {
    this.#client = client
    this.#stores = Object.values(stores)
  }

  /**
   * Makes the cluster hold the desired objects, and none that an earlier desire of the same owner left.
   *
   * Guarantees: asks the API server only where something differs, and for nothing more once `signal` is aborted: another
   * operator may lead by then.
   * Throws: ApplyError, naming the object; the signal's reason.
   */
  async settle(desired: readonly Manifest[], ownerUid: string | undefined, context: ReconcileContext): Promise<void> {
    const { log, signal } = context
    for (const object of desired) {
      signal.throwIfAborted()
      await this.#apply(object, context)
    }
    for (const { resource, store } of this.#stores) {
      for (const object of surplus(resource.kind, store.values(), desired, ownerUid)) {
        signal.throwIfAborted()
        log.info({ object: nameOf(resource.kind, object) }, 'deleting what is no longer wanted')
        await this.#client.delete(resource, refOf(keyOf(object)), { uid: object.metadata?.uid ?? '', signal })
      }
    }
  }

  /** The newest state known of one object. */
  newest<T extends KubeObject>({ resource, store }: OperandStore<T>, key: string): T | undefined {
    const applied = this.#applied.get(`${resource.kind} ${key}`)?.object
    return newer(store.get(key), applied as T | undefined) // its name begins with its kind
  }

  async #apply(desired: Manifest, { log, signal }: ReconcileContext): Promise<void> {
    const target = this.#storeOf(desired)
    const key = keyOf(desired)
    const live = this.newest(target, key)
    const text = JSON.stringify(desired)
    const applied = this.#applied.get(nameOf(desired.kind, desired))
    const wishUnchanged = applied?.text === text
    if (target.store.get(key) !== undefined && wishUnchanged && keeps(live, applied.object, desired)) return
    const object = await this.#send(target.resource, desired, signal)
    this.#applied.set(nameOf(desired.kind, desired), { text, object })
    if (object.metadata?.resourceVersion === live?.metadata?.resourceVersion) return
    log.info(
      { object: nameOf(desired.kind, desired) },
      wishUnchanged ? 'put back what somebody else changed' : 'applied',
    )
  }

  async #send(resource: Resource<KubeObject>, desired: Manifest, signal: AbortSignal): Promise<KubeObject> {
    try {
      return await this.#client.apply<KubeObject>(resource, desired, { fieldManager, force: true, signal })
    } catch (error) {
      throw new ApplyError(desired, error)
    }
  }

  #storeOf({ kind }: Manifest): OperandStore {
    const found = this.#stores.find(({ resource }) => resource.kind === kind)
    if (found === undefined) throw new TypeError(`the operator does not watch objects of kind ${kind}`)
    return found
  }
}

const nameOf = (kind: string, object: KubeObject): string => `${kind} ${keyOf(object)}`

/** Resource versions of one resource are comparable numbers (KEP-5504). */
function newer<T extends KubeObject>(a: T | undefined, b: T | undefined): T | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return versionOf(a) >= versionOf(b) ? a : b
}

function versionOf({ metadata }: KubeObject): bigint {
  return BigInt(metadata?.resourceVersion ?? 0)
}
