import { Allocator } from '../allocation/allocator.ts'
import type { PoolSpace } from '../allocation/pool-space.ts'
import type { ServiceEvent } from '../allocation/service-event.ts'
import type { BgpBackend } from '../config/rules.ts'
import type { ClientMetrics } from '../daemon/client-metrics.ts'
import type { KubeClient } from '../kube/client.ts'
import type { Clock } from '../kube/clock.ts'
import { createEventRecorder } from '../kube/events.ts'
import type { Log } from '../kube/log.ts'
import { refOf } from '../kube/object.ts'
import { storesOf } from '../kube/reflector-set.ts'
import { RightOfWay } from '../kube/right-of-way.ts'
import { advisedStores } from './advised-objects.ts'
import { Announcements } from './announced/announcements.ts'
import type { AnnouncingConfig } from './announced/announcing-config.ts'
import type { Configuration } from './configuration.ts'
import { startAdvice } from './configuration-advice.ts'
import { type ConfigurationStateWriter, writeConfigurationState } from './configuration-state.ts'
import { followGateways } from './gateways.ts'
import { followNodeAddresses } from './node-addresses.ts'
import { PoolStatusWriter } from './pool-status.ts'
import { Probing } from './probing/probing.ts'
import { Questions } from './probing/questions.ts'
import { Reservations } from './reservations/reservations.ts'
import { ServicePasses } from './service-passes.ts'
import type { Watches } from './watches.ts'
import { Withholding } from './withholding.ts'

/** What outlives a term. */
export interface Shared {
  /** MetalLB's own. */
  readonly namespace: string
  readonly loadBalancerClass: string
  /** As the speakers' flag says. */
  readonly ignoreExcludeLabel: boolean
  /** Owner of the ConfigurationState; "" for none. */
  readonly podName: string
  /** They have seen everything once. */
  readonly watches: Watches
  readonly configuration: Configuration
  readonly announcing: AnnouncingConfig
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

/** For writes under way at the end, so that the next leader finds what they did instead of having to undo it. */
const graceMillis = 300
/** Events that may wait: as many as a burst of Services that is worth telling one by one. */
const queueLimit = 10_000

export function startTerm({ state: client, events: eventClient }: TermClients, shared: Shared): Term {
  const { namespace, watches, configuration, announcing, backend, loadBalancerClass, ignoreExcludeLabel } = shared
  const { metrics, podName, log, clock } = shared
  const common = { client, namespace, log, clock }
  const stores = storesOf(watches)
  const allocator = new Allocator()
  const rightOfWay = new RightOfWay(clock)
  const isBusy = () => rightOfWay.isTaken
  const events = createEventRecorder({
    ...{ client: eventClient, component: 'metallb-controller', isBusy, queueLimit, log, clock },
    onDropped: metrics.eventsDropped,
  })
  const endAdvice = startAdvice({ namespace, backend, stores: advisedStores(watches), events })
  const state = writeConfigurationState({ ...common, podName, store: watches.ownState.store })
  const poolStatus = new PoolStatusWriter({
    ...{ ...common, store: watches.pools.store },
    find: (pool) => allocator.pool(pool),
    validityOf: (pool) => configuration.validityOf(pool),
  })

  const announcements = new Announcements({
    ...{ ...stores, namespace, loadBalancerClass, announcing, ignoreExcludeLabel, rightOfWay, clock },
    release: (keys) => services.enqueue(keys),
  })
  const services: ServicePasses = new ServicePasses({
    ...{
      announcements,
      client,
      services: watches.services.store,
      allocator,
      events,
      rightOfWay,
      loadBalancerClass,
      log,
      clock,
    },
    verdict: () => configuration.verdict,
    probe: (addresses) => probing.ask(addresses),
    onPass: metrics.update,
    passed(service) {
      if (!allocator.isProbing(service)) reservations.passed(service) // what it does not know of yet is not kept for it
      recount()
    },
  })
  const tell = (service: string, event: ServiceEvent) => services.tell(service, event)
  const recount = () => {
    for (const pool of allocator.takeRecounted()) poolStatus.look(pool)
  }
  const enqueue = (keys: Iterable<string>) => {
    services.enqueue(keys)
    recount()
  }

  const reservations = new Reservations({
    ...{ ...common, store: watches.reservations.store, services: watches.services.store },
    ...{ allocator, events, isBusy, enqueue },
  })
  const withholding = new Withholding({ allocator, tell, enqueue })
  const questions = new Questions({ ...common, store: watches.probes.store })
  const probing = new Probing({
    ...{ questions, statuses: watches.speakerStatuses.store, allocator, log, clock },
    ...{ withhold: withholding.from('probe'), enqueue, tell },
  })

  const unsubscribe = follow(shared, { allocator, services, reservations, withholding, poolStatus, state, recount })

  return {
    pools: { [Symbol.iterator]: () => allocator.pools[Symbol.iterator]() },
    ready: configuration.inForce.then(() => services.idle()),
    async stop() {
      unsubscribe()
      endAdvice()
      announcements.stop()
      const writers = [services, poolStatus, state, reservations, probing]
      await Promise.all(writers.map((each) => each.stop({ graceMillis })))
    },
    tellRest: () => events.stop(),
  }
}

/** What is told of changes; of those of Services `services` hears by itself. */
interface Followers {
  readonly allocator: Allocator
  readonly services: ServicePasses
  readonly reservations: Reservations
  readonly withholding: Withholding
  readonly poolStatus: PoolStatusWriter
  readonly state: Pick<ConfigurationStateWriter, 'set'>
  readonly recount: () => void
}

/** Returns the way to unsubscribe. */
function follow({ watches, configuration }: Shared, followers: Followers): () => void {
  const { allocator, services, reservations, withholding, poolStatus, state, recount } = followers
  const { pools, nodes, speakerStatuses } = watches
  const lookAtPool = (key: string) => poolStatus.look(refOf(key).name)
  const unsubscribes = [
    followNodeAddresses(nodes.store, withholding.from('nodes')),
    followGateways({ statuses: speakerStatuses.store, nodes: nodes.store, listener: withholding.from('gateways') }),
    pools.store.subscribe(({ key }) => lookAtPool(key)),
    configuration.subscribe({
      onConfig(config) {
        services.enqueue(allocator.setPools(config.pools))
        services.activate()
        reservations.setPools(config.pools)
        recount()
        withholding.warnHolders()
      },
      onVerdict({ errors }) {
        state.set(errors.map(({ message }) => message))
        services.verdictChanged()
        for (const key of pools.store.keys()) lookAtPool(key)
      },
    }),
  ]
  return () => {
    for (const unsubscribe of unsubscribes) unsubscribe()
  }
}
