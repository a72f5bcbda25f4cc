import { isDeepStrictEqual } from 'node:util'
import type { Registry } from 'prom-client'
import { Placement } from '../announcement/placement.ts'
import { ConfigKeeper } from '../config/config-keeper.ts'
import { generationOf } from '../config/generation.ts'
import { forNode } from '../config/own-node.ts'
import { reportVerdict } from '../config/report.ts'
import type { ConfigRules } from '../config/rules.ts'
import { isOfClass } from '../config/service-class.ts'
import { storedObjects } from '../config/stored-objects.ts'
import type { KubeClient } from '../kube/client.ts'
import type { Clock } from '../kube/clock.ts'
import { createEventRecorder, type EventRecorder } from '../kube/events.ts'
import type { Log } from '../kube/log.ts'
import type { KubeObject } from '../kube/object.ts'
import { startReflectors, stopReflectors, storesOf } from '../kube/reflector-set.ts'
import type { Change } from '../kube/store.ts'
import { dumpAddresses, dumpLinks, dumpRoutes, subscribeNetlink } from '../net/netlink.ts'
import { AddressProbes } from './address-probes.ts'
import { type Alive, aliveFromApi } from './alive.ts'
import { Announcer } from './announcer.ts'
import { type ConfigurationStateWriter, writeConfigurationState } from './configuration-state.ts'
import { L2StatusWriter } from './l2-status-writer.ts'
import { type Layer2, startLayer2 } from './layer2/layer2.ts'
import { probeAddress } from './layer2/probe.ts'
import { Layer2Protocol } from './layer2-protocol.ts'
import { createSpeakerMetrics } from './metrics.ts'
import { followNodes } from './node-table.ts'
import { createObserver, reportConflict, reportLayer2, reportNoInterface } from './observer.ts'
import { ApiCompany } from './ownership/api-company.ts'
import { Ownership } from './ownership/ownership.ts'
import { defaultPace } from './ownership/pace.ts'
import { presenceFromApi } from './presence.ts'
import { Reordering } from './reordering.ts'
import { SelfReport } from './self-report.ts'
import { openWatches, serviceOfSlice, type Watches } from './watches.ts'

export interface SpeakerOptions {
  node: string
  /** Where the configuration, the status objects and the speakers' pods are. */
  namespace: string
  /** The own pod's name; empty outside a pod. */
  pod: string
  /** Label selector of the speakers' pods. */
  speakerPods: string
  /** Empty: Services without a class. */
  loadBalancerClass: string
  ignoreExcludeLabel: boolean
  configRules: ConfigRules
  excludedInterfaces: RegExp | undefined
}

export interface SpeakerContext {
  notReady: (reason: string) => void
  client: KubeClient
  metrics: Registry
  log: Log
  clock: Clock
}

interface Running {
  /** Resolves when a configuration is in force and all that this node has to announce is announced. */
  readonly ready: Promise<void>
  stop(): Promise<void>
}

/** Resolves when the caches are synced. */
export async function startSpeaker(options: SpeakerOptions, context: SpeakerContext): Promise<Running> {
  const watches = openWatches({ ...options, ...context })
  let parts: Parts | undefined
  const interfacesChanged = (): void => {
    parts?.report.changed()
    for (const service of parts?.protocol.unanswered() ?? []) parts?.announcer.reconsider(service)
  }
  const layer2 = await startLayer2({
    links: { dumpLinks, dumpAddresses, subscribe: subscribeNetlink },
    clock: context.clock,
    excluded: options.excludedInterfaces,
    report: { ...reportLayer2(context.log), interfacesChanged, claim: (claim) => parts?.ownership.heard(claim) },
  })
  // With half of the caches this node might announce what belongs to another.
  await startReflectors(watches)
  const stores = storesOf(watches)
  parts = createParts(options, context, stores, layer2)
  follow(stores, parts)
  parts.keeper.load()
  const { announcer, ownership, reordering, keeper, statuses, state, report, probes, events } = parts
  return {
    ready: keeper.inForce.then(async () => {
      await announcer.settled()
      reordering.now()
      await announcer.settled()
      statuses.enqueueOwn()
    }),
    async stop() {
      layer2.close()
      ownership.stop()
      announcer.stop()
      reordering.stop()
      keeper.stop()
      const writers = [statuses, state, report, probes, events]
      await Promise.all([...writers.map((writer) => writer.stop()), stopReflectors(watches)])
    },
  }
}

interface Parts {
  readonly announcer: Announcer
  readonly protocol: Layer2Protocol
  readonly company: ApiCompany
  readonly ownership: Ownership
  readonly reordering: Reordering
  readonly keeper: ConfigKeeper
  readonly statuses: L2StatusWriter
  readonly state: ConfigurationStateWriter
  readonly report: SelfReport
  readonly probes: AddressProbes
  readonly events: EventRecorder
  readonly alive: Alive
}

/** The parts, each with what it needs of the others. */
function createParts(options: SpeakerOptions, context: SpeakerContext, stores: Stores, layer2: Layer2): Parts {
  const { node, namespace, loadBalancerClass, ignoreExcludeLabel } = options
  const metrics = createSpeakerMetrics(context.metrics, () => layer2.counters())
  const recording = { component: 'metallb-speaker', host: node, onDropped: metrics.eventsDropped }
  const events = createEventRecorder({ ...context, ...recording })
  const reporting = { log: context.log, node, metrics, events }
  const writing = { ...context, node, namespace, pod: () => stores.speakerPods.get(`${namespace}/${options.pod}`) }
  const alive = aliveFromApi(stores.nodes, stores.speakerPods)
  const presence = presenceFromApi(alive)
  const company = new ApiCompany(node)
  const ownership: Ownership = new Ownership({
    ...{ company, layer2, clock: context.clock, pace: defaultPace },
    outranks: (service, rival) => placement.outranks(service, rival, node),
    onRole: (services) => announcer.reconsiderSoon(services),
    onConflict: reportConflict(reporting, (service) => stores.services.get(service)),
  })

  const statuses: L2StatusWriter = new L2StatusWriter({
    ...writing,
    present: stores.l2Statuses,
    interfacesOf: (service) => protocol.interfacesOf(service),
  })
  const reconsiderAll = (): void => {
    announcer.reconsiderAll()
    reordering.soon()
  }
  const placement: Placement = new Placement({
    ignoreExcludeLabel,
    nodes: followNodes(stores.nodes, reconsiderAll),
    standings: () => presence.standings,
    onStale: () => reordering.soon(),
  })
  const reordering: Reordering = new Reordering({
    refresh: () => placement.refresh(),
    settled: () => announcer.settled(),
    reconsider: (services) => announcer.reconsiderSoon(services),
  })
  const protocol = new Layer2Protocol({
    ...{ node, layer2, placement, ownership },
    onChange: (service) => statuses.enqueue(service),
    onNoInterface: reportNoInterface(reporting),
  })
  const announcer: Announcer = new Announcer({
    services: stores.services,
    endpointSlices: stores.endpointSlices,
    config: () => keeper.current,
    handles: (service) => isOfClass(service, loadBalancerClass),
    protocols: [protocol],
    observer: createObserver(reporting, () => keeper.objectionsChanged()),
  })
  const state = writeConfigurationState({ ...writing, store: stores.ownState })
  const report: SelfReport = new SelfReport({
    ...{ ...writing, events, metrics, store: stores.ownStatus, excludedInterfaces: options.excludedInterfaces },
    source: { dumpLinks, dumpRoutes, subscribe: subscribeNetlink },
    dataplaneHealth: undefined,
    onFitness: () => undefined,
    config: () => keeper.current,
    doing: () => ({
      ...{ phase: 'serving', generation: keeper.generation, members: undefined, addresses: undefined },
      interfaces: layer2.interfaceNames(),
    }),
  })
  const probes = new AddressProbes({
    ...{ ...context, node, store: stores.probes, probe: probeAddress },
    surroundings: () => report.surroundings,
  })
  const keeper: ConfigKeeper = new ConfigKeeper({
    read: () => forNode(storedObjects(configStores(stores)), node),
    rules: options.configRules,
    objections: (config) => announcer.strandedBy(config),
    generation: () => generationOf(stores),
    onGeneration: () => report.configChanged(),
    onChange: reconsiderAll,
    onVerdict(verdict) {
      state.set(verdict.errors.map(({ message }) => message))
      reportVerdict({ ...reporting, notReady: context.notReady }, verdict)
    },
  })
  return { announcer, protocol, company, ownership, reordering, keeper, statuses, state, report, probes, events, alive }
}

/** From now on every change of the cluster reaches the part that it concerns. */
function follow(stores: Stores, { announcer, company, ownership, reordering, keeper, alive }: Parts): void {
  const configured = (change: Change<KubeObject>): void => {
    if (bearsOnConfig(change)) keeper.schedule()
  }
  stores.services.subscribe(({ key }) => announcer.reconsider(key))
  stores.endpointSlices.subscribe(({ before, after }) => announcer.reconsider(serviceOfSlice((after ?? before)!)))
  company.setAlive(alive.nodes)
  alive.subscribe(() => {
    company.setAlive(alive.nodes)
    ownership.conform()
    reordering.now()
  })
  for (const store of [stores.pools, stores.l2Advertisements, stores.nodes]) store.subscribe(configured)
  const { bgpAdvertisements, bgpPeers, bfdProfiles, communities, secrets, extras } = stores
  for (const store of [bgpAdvertisements, bgpPeers, bfdProfiles, communities, secrets, extras]) {
    store.subscribe(() => keeper.schedule())
  }
}

/** The configuration, of all that is watched. */
function configStores(stores: Stores) {
  const { pools, l2Advertisements, bgpAdvertisements, bgpPeers, bfdProfiles } = stores
  const { communities, nodes, secrets, extras } = stores
  return { pools, l2Advertisements, bgpAdvertisements, bgpPeers, bfdProfiles, communities, nodes, secrets, extras }
}

type Stores = { [K in keyof Watches]: Watches[K]['store'] }

/** Statuses of pools and nodes change all the time; what is configured is in labels and specs. */
function bearsOnConfig({ before, after }: Change<KubeObject & { spec?: unknown }>): boolean {
  return !isDeepStrictEqual(
    before && [before.metadata?.labels, before.spec],
    after && [after.metadata?.labels, after.spec],
  )
}
