import { isDeepStrictEqual } from 'node:util'
import type { V1Namespace } from '@kubernetes/client-node'
import type { Registry } from 'prom-client'
import { Allocator } from '../allocation/allocator.ts'
import { ConfigKeeper } from '../config/config-keeper.ts'
import type { IPAddressPool } from '../crds/generated/types.ts'
import { createClientMetrics } from '../daemon/client-metrics.ts'
import type { KubeClient } from '../kube/client.ts'
import type { Clock } from '../kube/clock.ts'
import { type Controller, startController } from '../kube/controller.ts'
import { createEventRecorder } from '../kube/events.ts'
import type { Log } from '../kube/log.ts'
import { startReflectors, stopReflectors } from '../kube/reflector-set.ts'
import type { Change } from '../kube/store.ts'
import { reportConfiguration } from './configuration-report.ts'
import { writeConfigurationState } from './configuration-state.ts'
import { registerPoolMetrics } from './metrics.ts'
import { OwnWrites } from './own-writes.ts'
import { PoolStatusWriter } from './pool-status.ts'
import { ServiceReconciler } from './service-reconciler.ts'
import { openWatches } from './watches.ts'

export interface AllocationOptions {
  readonly client: KubeClient
  /** MetalLB's own: only the configuration in it counts. */
  readonly namespace: string
  readonly loadBalancerClass: string
  /** Owner of the ConfigurationState; "" for none. */
  readonly podName: string
  readonly registry: Registry
  readonly notReady: (reason: string) => void
  readonly log: Log
  readonly clock: Clock
}

export interface Allocation {
  /** Resolves when a configuration is in force and every Service that there was at the start has been looked at. */
  readonly ready: Promise<void>
  stop(): Promise<void>
}

/** Status writes under way at a time; the decisions themselves are taken one by one. */
const writesAtOnce = 16

export function startAllocation(options: AllocationOptions): Allocation {
  const { client, namespace, podName, loadBalancerClass, registry, notReady, log, clock } = options
  const common = { client, namespace, log, clock }
  const watches = openWatches(common)
  const { services, pools, namespaces } = watches
  const allocator = new Allocator()
  const ownWrites = new OwnWrites(services.store)
  registerPoolMetrics(registry, () => allocator.pools)
  const metrics = createClientMetrics(registry)
  const events = createEventRecorder({ client, component: 'metallb-controller', log, clock })
  const state = writeConfigurationState({ ...common, podName, store: watches.ownState.store })
  const poolStatus = new PoolStatusWriter({ ...common, store: pools.store, find: (pool) => allocator.pool(pool) })

  const enqueue = (keys: Iterable<string>) => {
    for (const key of keys) controller.enqueue(key)
  }
  const recount = () => {
    for (const pool of allocator.takeRecounted()) poolStatus.look(pool)
  }
  const reconciler = new ServiceReconciler({
    ...{ client, ownWrites, allocator, loadBalancerClass, events, enqueue },
    services: services.store,
    onPass: metrics.update,
  })
  const controller: Controller = startController({
    ...{ name: 'services', concurrency: writesAtOnce, log, clock },
    reconcile: (key, context) => reconciler.reconcile(key, context).finally(recount),
  })
  const config = new ConfigKeeper({
    read: () => ({ pools: [...pools.store.values()], namespaces: [...namespaces.store.values()] }),
    onChange(config) {
      enqueue(allocator.setPools(config.pools))
      reconciler.activate()
      recount()
    },
    onVerdict: (verdict) =>
      reportConfiguration({ namespace, pools: pools.store, state, metrics, events, log, notReady }, verdict),
  })

  async function run(): Promise<void> {
    await startReflectors(watches)
    services.store.subscribe((change) => {
      if (ownWrites.isNews(change)) controller.enqueue(change.key)
    })
    pools.store.subscribe((change) => {
      if (isOtherSpec(change)) config.schedule()
      poolStatus.look(change.key.slice(namespace.length + 1))
    })
    namespaces.store.subscribe((change) => {
      if (isOtherLabels(change)) config.schedule()
    })
    config.load()
    await config.inForce
    await controller.idle()
  }

  return {
    ready: run(),
    async stop() {
      config.stop()
      await stopReflectors(watches)
      await Promise.all([controller.stop(), poolStatus.stop(), state.stop()])
      await events.stop()
    },
  }
}

/** Not so for what we write ourselves: the status. */
function isOtherSpec({ before, after }: Change<IPAddressPool>): boolean {
  return before?.metadata?.uid !== after?.metadata?.uid || before?.metadata?.generation !== after?.metadata?.generation
}

function isOtherLabels({ before, after }: Change<V1Namespace>): boolean {
  if (before === undefined || after === undefined) return true
  return !isDeepStrictEqual(before.metadata?.labels, after.metadata?.labels)
}
