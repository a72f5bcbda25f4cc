import type { V1Service } from '@kubernetes/client-node'
import type { Allocator } from '../allocation/allocator.ts'
import { poolAnnotation } from '../allocation/annotations.ts'
import { type Request, requestOf } from '../allocation/request.ts'
import { type ServiceEvent, warning } from '../allocation/service-event.ts'
import type { Verdict } from '../config/config-keeper.ts'
import { isOfClass } from '../config/service-class.ts'
import { Action, type ReconcileContext } from '../kube/controller.ts'
import type { Log } from '../kube/log.ts'
import { refOf } from '../kube/object.ts'
import type { Store } from '../kube/store.ts'
import { type Address, formatAddress } from '../net/address.ts'
import { allocatedOf } from './allocated-condition.ts'
import { announcedOf } from './announced/announced-condition.ts'
import type { OwnWrites } from './own-writes.ts'
import { ingressOf, type Outcome, releasedEvent, toldOf, withoutConfiguration } from './pass-report.ts'
import type { StatusWriter } from './status-writer.ts'

export interface ServiceReconcilerOptions {
  readonly services: Store<V1Service>
  readonly ownWrites: OwnWrites
  readonly allocator: Allocator
  readonly writer: Pick<StatusWriter, 'tell' | 'emit' | 'forget'>
  readonly loadBalancerClass: string
  /** What is known of the newest configuration. */
  readonly verdict: () => Verdict | undefined
  /** These Services have to be looked at again. */
  readonly enqueue: (keys: Iterable<string>, options?: { afterMillis: number }) => void
  /** The network has to be asked for these addresses before a Service is told of them. */
  readonly probe: (addresses: readonly Address[]) => void
  /** After each pass; `failed`: the Service does not have what it asks for, or the write failed. */
  readonly onPass: (failed: boolean) => void
}

/** Should a server refuse as a conflict what is none, nothing would change, and so nobody would look again. */
const refusedAgainMillis = 10_000
/** Somebody who mends one fault after another does not have every Service that waits written each time. */
const nextFaultMillis = 5_000

/** Carries out what the allocator decides about each Service. */
export class ServiceReconciler {
  readonly #options: ServiceReconcilerOptions
  #isActive = false
  #isFaulty = false

  constructor(options: ServiceReconcilerOptions) {
    this.#options = options
  }

  /** Until the first call, which needs pools in force, no Service gets or loses an address. */
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

  /** The verdict on the configuration has changed, and with it what those are told who have no address. */
  verdictChanged(): void {
    const { services, verdict, enqueue } = this.#options
    const isTold = (key: string) => !this.#isActive || allocatedOf(services.get(key)!)?.status === 'False'
    const wasFaulty = this.#isFaulty
    this.#isFaulty = (verdict()?.errors.length ?? 0) > 0
    const isNextFault = wasFaulty && this.#isFaulty
    enqueue([...services.keys()].filter(isTold), { afterMillis: isNextFault ? nextFaultMillis : 0 })
  }

  async reconcile(key: string, context: ReconcileContext): Promise<Action> {
    const service = this.#options.ownWrites.latest(key)
    if (service === undefined) this.#forget(key, context.log)
    const isTold = service === undefined || (await this.#look(key, service, context))
    // It changed or went meanwhile: the watch brings another pass, and much earlier.
    return isTold ? Action.awaitChange : Action.requeueAfter(refusedAgainMillis)
  }

  /** False: the write was refused, since the Service is not the one that was looked at. */
  async #look(key: string, service: V1Service, context: ReconcileContext): Promise<boolean> {
    if (!this.#isActive) return this.#sayWhyNothingHappens(key, service, context)
    if (this.#isOurs(key, service)) return this.#converge(service, requestOf(service), context)
    return this.#letGo(key, service, context)
  }

  /** One that is no LoadBalancer any more has no class either: what we wrote there is taken back. */
  #isOurs(key: string, service: V1Service): boolean {
    const { allocator, loadBalancerClass } = this.#options
    if (isOfClass(service, loadBalancerClass)) return true
    return !isLoadBalancer(service) && (allocator.knows(key) || hasTraces(service))
  }

  async #converge(service: V1Service, request: Request, context: ReconcileContext): Promise<boolean> {
    const { allocator, writer, enqueue, onPass, verdict } = this.#options
    const { key } = request
    const released = request.isLoadBalancer ? [] : this.#addressesOf(key)
    const decision = allocator.decide(request)
    enqueue(decision.wake)
    this.#options.probe(decision.probe)
    const deprecations = request.deprecatedAnnotations.map(deprecation)
    const outcome = toldOf({ ...decision, released, deprecations }, verdict())
    let isTold = false
    try {
      isTold = await writer.tell(service, key, outcome, context)
    } finally {
      onPass(!isTold || decision.refusal !== undefined)
    }
    if (isTold && decision.probe.length === 0) enqueue(allocator.settle(key))
    return isTold
  }

  #forget(key: string, log: Log): void {
    const { allocator, writer, enqueue } = this.#options
    const pool = allocator.allocationOf(key)?.pool
    const addresses = this.#addressesOf(key)
    enqueue(allocator.forget(key))
    writer.forget(key)
    if (addresses.length === 0) return
    const why = 'the Service is gone'
    log.info({ released: addresses.join(', '), pool, why }, 'address released')
    writer.emit({ metadata: refOf(key) }, releasedEvent(addresses, pool, why))
  }

  /** It is of another class now: what it says of us goes, and its address unless somebody gave it another. */
  async #letGo(key: string, service: V1Service, context: ReconcileContext): Promise<boolean> {
    const { allocator, writer, enqueue } = this.#options
    if (!allocator.knows(key)) return true
    const held = this.#addressesOf(key)
    const ingress = service.status?.loadBalancer?.ingress ?? []
    const isOurs = ingress.every(({ ip }) => ip !== undefined && held.includes(ip))
    const status: Outcome['status'] = { addresses: isOurs ? [] : 'leave', pool: undefined }
    const outcome = { status, condition: undefined, events: [], released: held }
    const isTold = await writer.tell(service, key, outcome, context)
    if (isTold) enqueue(allocator.forget(key))
    return isTold
  }

  /** While no configuration has ever been valid, whoever waits is told so; whoever has an address is left alone. */
  async #sayWhyNothingHappens(key: string, service: V1Service, context: ReconcileContext): Promise<boolean> {
    const { writer, verdict, loadBalancerClass } = this.#options
    const known = verdict()
    if (known === undefined || known.loaded || !isLoadBalancer(service)) return true
    if (!isOfClass(service, loadBalancerClass) || ingressOf(service).length > 0) return true
    return writer.tell(service, key, withoutConfiguration(known), context)
  }

  #addressesOf(key: string): string[] {
    return this.#options.allocator.addressesOf(key).map(formatAddress)
  }
}

function deprecation(annotation: string): ServiceEvent {
  const message = `annotation ${annotation} is deprecated: write metallb.io/ instead of metallb.universe.tf/`
  return warning('deprecatedAnnotation', message)
}

function isLoadBalancer({ spec }: V1Service): boolean {
  return spec?.type === 'LoadBalancer'
}

function hasTraces(service: V1Service): boolean {
  const isTold = allocatedOf(service) !== undefined || announcedOf(service) !== undefined
  return isTold || service.metadata?.annotations?.[poolAnnotation] !== undefined
}

/** Older Services first: theirs is the address that two claim. */
function byAge({ metadata: a }: V1Service, { metadata: b }: V1Service): number {
  const [textA, textB] = [a, b].map(
    (metadata) => `${metadata?.creationTimestamp} ${metadata?.namespace}/${metadata?.name}`,
  )
  return textA! < textB! ? -1 : 1
}
