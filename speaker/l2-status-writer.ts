import { isDeepStrictEqual } from 'node:util'
import type { V1Pod } from '@kubernetes/client-node'
import { serviceL2Statuses } from '../crds/generated/resources.ts'
import type { ServiceL2Status, ServiceL2StatusStatus } from '../crds/generated/types.ts'
import { isNotFound, type KubeClient } from '../kube/client.ts'
import type { Clock } from '../kube/clock.ts'
import { Action, type Controller, type ReconcileContext, startController } from '../kube/controller.ts'
import type { Log } from '../kube/log.ts'
import { keyOf } from '../kube/object.ts'
import type { Store } from '../kube/store.ts'
import { newL2Status, planL2Status } from './l2-status.ts'
import type { Interfaces } from './layer2/book.ts'
import { keepL2Status } from './transforms.ts'
import { nodeOfL2Status, serviceOfL2Status } from './watches.ts'

export interface L2StatusWriterOptions {
  client: KubeClient
  namespace: string
  node: string
  /** Owns what is made; undefined outside a pod. */
  pod: () => V1Pod | undefined
  /** With the index "service". */
  present: Store<ServiceL2Status>
  interfacesOf: (service: string) => Interfaces | undefined
  log: Log
  clock: Clock
}

/**
 * Two owners, each in its own part of a network and both with an API server, would remove each other's objects as fast as
 * they can: each does so once in this time, Service by Service.
 */
const truceMillis = 300_000
/** Services written for at the same time. */
const concurrency = 4

/** Keeps a ServiceL2Status for each Service that this node announces. Behind the announcing, never in its way. */
export class L2StatusWriter {
  readonly #options: L2StatusWriterOptions
  readonly #controller: Controller
  /** Objects just made that the store has not shown yet, by key. */
  readonly #made = new Map<string, ServiceL2Status>()
  /** Until when objects of other nodes are left alone, by Service. */
  readonly #truces = new Map<string, number>()

  constructor(options: L2StatusWriterOptions) {
    this.#options = options
    const { log, clock } = options
    const reconcile = (service: string, { signal }: ReconcileContext) => this.#reconcile(service, signal)
    this.#controller = startController({ name: 'service-l2-status', reconcile, concurrency, log, clock })
    options.present.subscribe(({ key, before, after }) => this.#onChange(key, before, after))
  }

  /** Puts the objects of a Service right, soon. */
  enqueue(service: string): void {
    this.#controller.enqueue(service)
  }

  /** What a former process of this node has left. */
  enqueueOwn(): void {
    for (const object of this.#options.present.values()) {
      if (nodeOfL2Status(object) === this.#options.node) this.enqueue(serviceOfL2Status(object))
    }
  }

  async stop(): Promise<void> {
    await this.#controller.stop()
  }

  /** Somebody may have removed or edited what we keep. */
  #onChange(key: string, before: ServiceL2Status | undefined, after: ServiceL2Status | undefined): void {
    this.#made.delete(key)
    const service = serviceOfL2Status(after ?? before ?? {})
    if (this.#options.interfacesOf(service) !== undefined) this.enqueue(service)
  }

  async #reconcile(service: string, signal: AbortSignal): Promise<Action> {
    const { node, interfacesOf } = this.#options
    const { remove, keep } = planL2Status(service, node, interfacesOf(service), this.#presentFor(service))
    const others = remove.filter((object) => nodeOfL2Status(object) !== node)
    for (const object of remove) if (!others.includes(object)) await this.#remove(object, signal)
    const waitMillis = await this.#removeOthers(service, others, signal)
    if (!keep) return Action.awaitChange
    const object = keep.object ?? (await this.#make(keep.status, signal))
    if (!isDeepStrictEqual(object.status, keep.status)) await this.#writeStatus(object, keep.status, signal)
    return waitMillis > 0 ? Action.requeueAfter(waitMillis) : Action.awaitChange
  }

  /** Returns how long they are left alone, if they are. */
  async #removeOthers(service: string, others: readonly ServiceL2Status[], signal: AbortSignal): Promise<number> {
    if (others.length === 0) return 0
    const nowMillis = this.#options.clock.now()
    const waitMillis = (this.#truces.get(service) ?? nowMillis) - nowMillis
    if (waitMillis > 0) return waitMillis
    for (const object of others) await this.#remove(object, signal)
    this.#truces.delete(service) // to the end, among the latest
    this.#truces.set(service, nowMillis + truceMillis)
    for (const [one, untilMillis] of this.#truces) {
      if (untilMillis > nowMillis) break
      this.#truces.delete(one)
    }
    return 0
  }

  async #writeStatus(object: ServiceL2Status, status: ServiceL2StatusStatus, signal: AbortSignal): Promise<void> {
    const { client, namespace } = this.#options
    const body = { status: { ...status, interfaces: status.interfaces ?? null } }
    const ref = { namespace, name: object.metadata?.name ?? '' }
    try {
      await client.patch(serviceL2Statuses, ref, { type: 'merge', body, subresource: 'status', signal })
    } catch (error) {
      if (isNotFound(error)) this.#made.delete(keyOf(object)) // another speaker removed it: the watch may never show it
      throw error
    }
  }

  *#presentFor(service: string): Iterable<ServiceL2Status> {
    yield* this.#options.present.byIndex('service', service)
    for (const object of this.#made.values()) if (serviceOfL2Status(object) === service) yield object
  }

  async #make(status: ServiceL2StatusStatus, signal: AbortSignal): Promise<ServiceL2Status> {
    const { client, namespace, pod, present } = this.#options
    const object = newL2Status(namespace, status, pod())
    const made = keepL2Status(await client.create(serviceL2Statuses, object, { signal }), true)
    if (!present.get(keyOf(made))) this.#made.set(keyOf(made), made)
    return made
  }

  async #remove(object: ServiceL2Status, signal: AbortSignal): Promise<void> {
    const { namespace, name, uid } = object.metadata ?? {}
    if (!namespace || !name) return
    this.#made.delete(keyOf(object))
    await this.#options.client.delete(serviceL2Statuses, { namespace, name }, { ...(uid ? { uid } : {}), signal })
  }
}
