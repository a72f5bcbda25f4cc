import type { V1Service } from '@kubernetes/client-node'
import type { Allocator } from '../allocation/allocator.ts'
import { formatAddresses } from '../allocation/assign.ts'
import { type Request, requestOf } from '../allocation/request.ts'
import { type ServiceEvent, warning } from '../allocation/service-event.ts'
import { isOfClass } from '../config/service-class.ts'
import { isConflict, isNotFound, type KubeClient } from '../kube/client.ts'
import { Action, type ReconcileContext } from '../kube/controller.ts'
import { services as serviceResource } from '../kube/core.ts'
import type { EventRecorder } from '../kube/events.ts'
import type { Log } from '../kube/log.ts'
import { refOf } from '../kube/object.ts'
import type { Store } from '../kube/store.ts'
import { formatAddress } from '../net/address.ts'
import { keepService } from './keep-service.ts'
import type { OwnWrites } from './own-writes.ts'
import { statusPatch } from './status-patch.ts'

export interface ServiceReconcilerOptions {
  readonly client: KubeClient
  readonly services: Store<V1Service>
  readonly ownWrites: OwnWrites
  readonly allocator: Allocator
  readonly loadBalancerClass: string
  readonly events: Pick<EventRecorder, 'emit'>
  /** These Services have to be looked at again. */
  readonly enqueue: (keys: Iterable<string>) => void
  /** After each pass; `failed`: the Service does not have what it asks for, or the write failed. */
  readonly onPass: (failed: boolean) => void
}

/** Carries out what the allocator decides about each Service. */
export class ServiceReconciler {
  readonly #options: ServiceReconcilerOptions
  #isActive = false

  constructor(options: ServiceReconcilerOptions) {
    this.#options = options
  }

  /** Until the first call, which needs pools in force, Services are left alone. */
  activate(): void {
    if (this.#isActive) return
    this.#isActive = true
    const { services, allocator, loadBalancerClass, enqueue } = this.#options
    // First every address in a status is taken as given, so that the passes cannot give it to somebody else.
    for (const service of [...services.values()].sort(byAge)) {
      if (isOfClass(service, loadBalancerClass)) allocator.adopt(requestOf(service))
    }
    enqueue(services.keys())
  }

  async reconcile(key: string, context: ReconcileContext): Promise<Action> {
    if (!this.#isActive) return Action.awaitChange
    const service = this.#options.ownWrites.latest(key)
    if (service !== undefined && this.#isOurs(key, service)) await this.#converge(service, requestOf(service), context)
    else this.#forget(key, context.log)
    return Action.awaitChange
  }

  /** One that has an address of ours is ours also when its class says otherwise: the address must be taken back. */
  #isOurs(key: string, service: V1Service): boolean {
    const { allocator, loadBalancerClass } = this.#options
    return isOfClass(service, loadBalancerClass) || (!isLoadBalancer(service) && allocator.knows(key))
  }

  #forget(key: string, log: Log): void {
    const { allocator, enqueue } = this.#options
    const held = allocator.allocationOf(key)
    enqueue(allocator.forget(key))
    if (held !== undefined) log.info({ released: formatAddresses(held.addresses), pool: held.pool }, 'Service is gone')
  }

  async #converge(service: V1Service, request: Request, { log, signal }: ReconcileContext): Promise<void> {
    const { allocator, enqueue, onPass } = this.#options
    const decision = allocator.decide(request)
    enqueue(decision.wake)
    const patch = decision.status === 'leave' ? undefined : statusPatch(service, decision.status)
    const deprecations = patch === undefined ? [] : request.deprecatedAnnotations.map(deprecation)
    for (const event of [...decision.events, ...deprecations]) this.#tell(service, event)
    let isTold = false
    try {
      isTold = patch === undefined || (await this.#write(service, request.key, patch, signal))
    } finally {
      onPass(!isTold || decision.refusal !== undefined)
    }
    if (!isTold) return // the Service changed or went meanwhile: the watch brings another pass
    enqueue(allocator.settle(request.key))
    if (patch === undefined) {
      if (decision.events.length > 0) log.info({ reason: decision.refusal?.message }, 'Service stays as it is')
      return
    }
    const now = allocator.allocationOf(request.key)
    const assigned = (now?.addresses ?? []).map(formatAddress)
    const released = ingressOf(service).filter((address) => !assigned.includes(address))
    const fields = {
      assigned: assigned.join(', '),
      released: released.join(', '),
      pool: now?.pool,
      reason: decision.refusal?.message ?? decision.events.at(-1)?.message,
    }
    log.info(fields, 'Service status written')
  }

  /** False when the Service is not any more what the decision was about. */
  async #write(service: V1Service, key: string, patch: object, signal: AbortSignal): Promise<boolean> {
    const { client, ownWrites } = this.#options
    try {
      const options = { type: 'strategic', body: patch, subresource: 'status', signal } as const
      ownWrites.record(service, keepService(await client.patch(serviceResource, refOf(key), options)))
      return true
    } catch (error) {
      if (isConflict(error) || isNotFound(error)) return false
      throw error
    }
  }

  #tell({ metadata }: V1Service, event: ServiceEvent): void {
    this.#options.events.emit({ apiVersion: 'v1', kind: 'Service', metadata: metadata ?? {} }, event)
  }
}

function deprecation(annotation: string): ServiceEvent {
  const message = `annotation ${annotation} is deprecated: write metallb.io/ instead of metallb.universe.tf/`
  return warning('deprecatedAnnotation', message)
}

function ingressOf({ status }: V1Service): string[] {
  return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? [])
}

function isLoadBalancer({ spec }: V1Service): boolean {
  return spec?.type === 'LoadBalancer'
}

/** Older Services first: theirs is the address that two claim. */
function byAge({ metadata: a }: V1Service, { metadata: b }: V1Service): number {
  const [textA, textB] = [a, b].map(
    (metadata) => `${metadata?.creationTimestamp} ${metadata?.namespace}/${metadata?.name}`,
  )
  return textA! < textB! ? -1 : 1
}
