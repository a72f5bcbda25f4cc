import { Allocator } from '../allocation/allocator.ts'
import type { PoolSpace } from '../allocation/pool-space.ts'
import type { ServiceEvent } from '../allocation/service-event.ts'
import type { Withheld } from '../allocation/withheld.ts'
import type { BgpBackend } from '../config/rules.ts'
import type { ClientMetrics } from '../daemon/client-metrics.ts'
import type { KubeClient } from '../kube/client.ts'
import type { Clock } from '../kube/clock.ts'
import { startController } from '../kube/controller.ts'
import { createEventRecorder } from '../kube/events.ts'
import type { Log } from '../kube/log.ts'
import { refOf } from '../kube/object.ts'
import { RightOfWay } from '../kube/right-of-way.ts'
import type { Configuration } from './configuration.ts'
import { startAdvice } from './configuration-advice.ts'
import { writeConfigurationState } from './configuration-state.ts'
import { followGateways } from './gateways.ts'
import { followNodeAddresses } from './node-addresses.ts'
import { OwnWrites } from './own-writes.ts'
import { PoolStatusWriter } from './pool-status.ts'
import { Probing } from './probing/probing.ts'
import { Questions } from './probing/questions.ts'
import { Reminders } from './reminders.ts'
import { Reservations } from './reservations/reservations.ts'
import { ServiceReconciler } from './service-reconciler.ts'
import { StatusWriter } from './status-writer.ts'
import type { Watches } from './watches.ts'
import { WithheldWarnings } from './withheld-warnings.ts'

/** What outlives a term. */
export interface Shared {
  /** MetalLB's own. */
  readonly namespace: string
  readonly loadBalancerClass: string
  /** Owner of the ConfigurationState; "" for none. */
  readonly podName: string
  /** They have seen everything once. */
  readonly watches: Watches
  readonly configuration: Configuration
  readonly backend: BgpBackend
  readonly metrics: ClientMetrics
  readonly log: Log
  readonly clock: Clock
}

/** One period of leadership: all that decides and writes. Nothing of it survives into the next. */
export interface Term {
  /** What each pool holds. */
  readonly pools: Iterable<PoolSpace>
  /** Resolves when a configuration is in force and every Service that there was at the start has been looked at. */
  readonly ready: Promise<void>
  /** Resolves when nothing is decided or written any more, events apart: somebody else may lead now. */
  stop(): Promise<void>
  /** To be called after `stop`: gives the events that are left half a second. */
  tellRest(): Promise<void>
}

/** What a term writes through. */
export interface TermClients {
  readonly state: KubeClient
  /** Events tell what was done. They contradict nobody, and an orderly end does not wait for them. */
  readonly events: KubeClient
}

/** Status writes under way at a time; the decisions themselves are taken one by one. */
const writesAtOnce = 16
/** For writes under way at the end, so that the next leader finds what they did instead of having to undo it. */
const graceMillis = 300
/** Events that may wait: as many as a burst of Services that is worth telling one by one. */
const queueLimit = 10_000

export function startTerm({ state: client, events: eventClient }: TermClients, shared: Shared): Term {
  const { namespace, watches, configuration, backend, loadBalancerClass, metrics, podName, log, clock } = shared
  const { services, pools } = watches
  const common = { client, namespace, log, clock }
  const allocator = new Allocator()
  const ownWrites = new OwnWrites(services.store, (key) => controller.enqueue(key))
  const rightOfWay = new RightOfWay(clock)
  const isBusy = () => rightOfWay.isTaken
  const events = createEventRecorder({
    ...{ client: eventClient, component: 'metallb-controller', isBusy, queueLimit, log, clock },
    onDropped: metrics.eventsDropped,
  })
  const advice = startAdvice({ ...common, backend, watches, events })
  const state = writeConfigurationState({ ...common, podName, store: watches.ownState.store })
  const poolStatus = new PoolStatusWriter({
    ...{ ...common, store: pools.store },
    find: (pool) => allocator.pool(pool),
    validityOf: (pool) => configuration.validityOf(pool),
  })

  const enqueue = (keys: Iterable<string>) => {
    for (const key of keys) controller.enqueue(key)
  }
  const recount = () => {
    for (const pool of allocator.takeRecounted()) poolStatus.look(pool)
  }
  const enqueueAndRecount = (keys: Iterable<string>) => {
    enqueue(keys)
    recount()
  }
  const passed = (key: string) => {
    if (!allocator.isProbing(key)) reservations.passed(key) // what it does not know of yet is not kept for it
    recount()
  }
  const reminders = new Reminders({ remind: (key) => writer.remind(key), log, clock })
  const writer = new StatusWriter({ client, ownWrites, events, reminders, rightOfWay, clock })
  const reconciler = new ServiceReconciler({
    ...{ services: services.store, ownWrites, allocator, writer, loadBalancerClass, enqueue },
    verdict: () => configuration.verdict,
    probe: (addresses) => probing.ask(addresses),
    onPass: metrics.update,
  })
  const controller = startController({
    ...{ name: 'services', concurrency: writesAtOnce, log, clock },
    reconcile: (key, context) => reconciler.reconcile(key, context).finally(() => passed(key)),
  })

  const reservations = new Reservations({
    ...{ ...common, store: watches.reservations.store, services: services.store },
    ...{ allocator, events, isBusy, enqueue: enqueueAndRecount },
  })
  const tell = (service: string, event: ServiceEvent) => writer.emit(services.store.get(service) ?? {}, event)
  const warnings = new WithheldWarnings({
    holdersOf: (address) => allocator.holdersOf(address).filter((service) => !allocator.isProbing(service)),
    warn: tell,
  })
  const withheld = new Map<string, readonly Withheld[]>()
  const lookAtWithheld = () => warnings.look([...withheld.values()].flat())
  const withholdFor = (source: string) => (addresses: readonly Withheld[]) => {
    withheld.set(source, addresses)
    enqueueAndRecount(allocator.setWithheld(source, addresses))
    lookAtWithheld()
  }
  const questions = new Questions({ ...common, store: watches.probes.store })
  const probing = new Probing({
    ...{ questions, allocator, enqueue, tell, withhold: withholdFor('probe'), log, clock },
    statuses: watches.speakerStatuses.store,
  })

  const subscriptions = [
    followNodeAddresses(watches.nodes.store, withholdFor('nodes')),
    followGateways({
      ...{ statuses: watches.speakerStatuses.store, nodes: watches.nodes.store },
      listener: withholdFor('gateways'),
    }),
    services.store.subscribe((change) => ownWrites.changed(change)),
    pools.store.subscribe(({ key }) => poolStatus.look(refOf(key).name)),
    configuration.subscribe({
      onConfig(config) {
        enqueue(allocator.setPools(config.pools))
        reconciler.activate()
        reservations.setPools(config.pools)
        recount()
        lookAtWithheld()
      },
      onFinding({ messages }) {
        state.set(messages)
        reconciler.verdictChanged()
        for (const key of pools.store.keys()) poolStatus.look(refOf(key).name)
      },
    }),
  ]

  return {
    pools: { [Symbol.iterator]: () => allocator.pools[Symbol.iterator]() },
    ready: configuration.inForce.then(() => controller.idle()),
    async stop() {
      for (const unsubscribe of subscriptions) unsubscribe()
      const writers = [controller, poolStatus, state, reservations, probing]
      await Promise.all([
        advice.stop(),
        probing.stop(),
        reminders.stop(),
        ...writers.map((each) => each.stop({ graceMillis })),
      ])
    },
    tellRest: () => events.stop(),
  }
}
