import type { V1Service } from '@kubernetes/client-node'
import { Allocator } from '../../allocation/allocator.ts'
import { poolAnnotation } from '../../allocation/annotations.ts'
import type { ServiceEvent } from '../../allocation/service-event.ts'
import { ConfigKeeper, type Verdict } from '../../config/config-keeper.ts'
import { keepService } from '../../controller/keep-service.ts'
import { OwnWrites } from '../../controller/own-writes.ts'
import { ServiceReconciler } from '../../controller/service-reconciler.ts'
import { StatusWriter } from '../../controller/status-writer.ts'
import { FakeCluster } from '../../controller/testing/fake-cluster.ts'
import { systemClock } from '../../kube/clock.ts'
import { ApiError } from '../../kube/error.ts'
import { type KubeObject, keyOf } from '../../kube/object.ts'
import { RightOfWay } from '../../kube/right-of-way.ts'
import { ObjectStore } from '../../kube/store.ts'
import { silentLog } from '../../kube/testing/silent-log.ts'
import { formatAddress } from '../../net/address.ts'
import { configObjectsOf } from './objects.ts'

/** MetalLB's events. Ours say more besides, under other reasons: what was released, and what a Service lacks. */
const reasons: ReadonlySet<string> = new Set([
  'IPAllocated',
  'ClearAssignment',
  'AdditionalAssignFailed',
  'AllocationFailed',
  'LoadBalancerFailed',
  'not enough clusterips',
  'nolbIPsIPFamily',
  'noclusterIPsIPFamily',
  'deprecatedAnnotation',
  'InternalError',
])

/** What one pass over one Service did. */
export interface Pass {
  /** False: the Service is none of ours, or there is no configuration yet. */
  readonly isDecided: boolean
  readonly result: 'success' | 'error' | 'errorNoRetry'
  readonly written: boolean
  readonly events: readonly Pick<ServiceEvent, 'type' | 'reason'>[]
}

/**
 * The controller without its watches and its queue: a pass happens when a scenario says so, and for no Service but
 * that one. Everything that is looked at comes from the product or is in the API server that it wrote to.
 */
export class ControllerUnderTest {
  readonly loadBalancerClass: string
  readonly #cluster = new FakeCluster()
  readonly #services = new ObjectStore<V1Service>()
  readonly #allocator = new Allocator()
  readonly #keeper: ConfigKeeper
  readonly #reconciler: ServiceReconciler
  #objects: readonly KubeObject[] = []
  #verdict: Verdict | undefined
  #events: ServiceEvent[] = []
  #passes: { failed: boolean }[] = []

  constructor(loadBalancerClass = '') {
    this.loadBalancerClass = loadBalancerClass
    const ownWrites = new OwnWrites(this.#services, () => undefined)
    const writer = new StatusWriter({
      ...{ client: this.#cluster.client, ownWrites, clock: systemClock, rightOfWay: new RightOfWay(systemClock) },
      events: { emit: (_, event) => this.#events.push(event as ServiceEvent) },
      reminders: { start: () => undefined },
      announced: () => undefined,
    })
    this.#reconciler = new ServiceReconciler({
      ...{ services: this.#services, ownWrites, allocator: this.#allocator, writer, loadBalancerClass },
      verdict: () => this.#verdict,
      enqueue: () => undefined,
      probe: () => undefined,
      onPass: (failed) => this.#passes.push({ failed }),
    })
    this.#keeper = new ConfigKeeper({
      read: () => configObjectsOf(this.#objects),
      onChange: ({ pools }) => {
        this.#allocator.setPools(pools)
        this.#reconciler.activate()
      },
      onVerdict: (verdict) => {
        this.#verdict = verdict
      },
    })
  }

  setPools(objects: readonly KubeObject[]): 'success' | 'configRejected' {
    this.#objects = objects
    this.#keeper.load()
    return this.#verdict?.errors.length === 0 ? 'success' : 'configRejected'
  }

  stored(key: string): V1Service | undefined {
    return this.#cluster.get<V1Service>('services', key)
  }

  /** The API server has exactly this Service from now on. */
  put(service: V1Service): void {
    this.#cluster.remove('services', keyOf(service))
    this.#cluster.put('services', service)
  }

  delete(key: string): void {
    this.#cluster.remove('services', key)
  }

  async pass(key: string, { isWriteRefused = false } = {}): Promise<Pass> {
    const before = this.stored(key)
    if (before === undefined) this.#services.remove(key)
    else this.#services.apply(keepService(before))
    this.#events = []
    this.#passes = []
    this.#cluster.fault = isWriteRefused ? () => 500 : undefined
    const hasThrown = await this.#reconcile(key)
    const failed = this.#passes.some(({ failed }) => failed)
    return {
      isDecided: this.#passes.length > 0,
      result: hasThrown ? 'error' : failed ? 'errorNoRetry' : 'success',
      written: isRewritten(before, this.stored(key)),
      events: this.#events.filter(({ reason }) => reasons.has(reason)).map(({ type, reason }) => ({ type, reason })),
    }
  }

  allocations(): Record<string, { pool: string; ips: string[] }> {
    const holders = [...this.#allocator.pools].flatMap(({ services }) => [...services])
    const entries = holders.flatMap((key) => {
      const held = this.#allocator.allocationOf(key)
      return held === undefined ? [] : [[key, { pool: held.pool, ips: held.addresses.map(formatAddress) }] as const]
    })
    return Object.fromEntries(entries)
  }

  poolCounters(): Record<string, unknown> {
    return Object.fromEntries([...this.#allocator.pools].map((space) => [space.pool.name, space.counters()]))
  }

  /** True when the write failed in a way that is tried again. */
  async #reconcile(key: string): Promise<boolean> {
    try {
      await this.#reconciler.reconcile(key, { log: silentLog, signal: new AbortController().signal })
      return false
    } catch (error) {
      if (error instanceof ApiError) return true
      throw error
    }
  }
}

/** A write that changed nothing counts; one that changed nothing but conditions, which MetalLB has not, does not. */
function isRewritten(before: V1Service | undefined, after: V1Service | undefined): boolean {
  if (before?.metadata?.resourceVersion === after?.metadata?.resourceVersion) return false
  const [was, is] = [before, after].map(visible)
  const hasOtherConditions = JSON.stringify(before?.status?.conditions) !== JSON.stringify(after?.status?.conditions)
  return was !== is || !hasOtherConditions
}

function visible(service: V1Service | undefined): string {
  const { metadata, status } = service ?? {}
  return JSON.stringify([status?.loadBalancer?.ingress ?? [], metadata?.annotations?.[poolAnnotation]])
}
