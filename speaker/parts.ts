import { Placement } from '../announcement/placement.ts'
import { ConfigKeeper } from '../config/config-keeper.ts'
import { generationOf } from '../config/generation.ts'
import { forNode } from '../config/own-node.ts'
import { reportVerdict } from '../config/report.ts'
import { isOfClass } from '../config/service-class.ts'
import { storedObjects } from '../config/stored-objects.ts'
import { createEventRecorder, type EventRecorder } from '../kube/events.ts'
import { dumpLinks, dumpRoutes, subscribeNetlink } from '../net/netlink.ts'
import { AddressProbes } from './address-probes.ts'
import { Announcer } from './announcer.ts'
import { type ConfigurationStateWriter, writeConfigurationState } from './configuration-state.ts'
import type { Fellows } from './fellows.ts'
import { L2StatusWriter } from './l2-status-writer.ts'
import type { Layer2 } from './layer2/layer2.ts'
import { probeAddress } from './layer2/probe.ts'
import { Layer2Protocol } from './layer2-protocol.ts'
import { createSpeakerMetrics } from './metrics.ts'
import { followNodes } from './node-table.ts'
import { createObserver, reportConflict, reportNoInterface } from './observer.ts'
import { Ownership } from './ownership/ownership.ts'
import { Reordering } from './reordering.ts'
import { SelfReport } from './self-report.ts'
import type { SpeakerContext, SpeakerOptions } from './speaker.ts'
import { SpeakerMacs } from './speaker-macs.ts'
import type { Stores } from './watches.ts'

export interface Parts {
  readonly announcer: Announcer
  readonly protocol: Layer2Protocol
  readonly ownership: Ownership
  readonly reordering: Reordering
  readonly keeper: ConfigKeeper
  readonly statuses: L2StatusWriter
  readonly state: ConfigurationStateWriter
  readonly report: SelfReport
  readonly macs: SpeakerMacs
  readonly probes: AddressProbes
  readonly events: EventRecorder
}

/** What lies below all parts. */
export interface Ground {
  readonly stores: Stores
  readonly layer2: Layer2
  readonly fellows: Fellows
}

/** The parts, each with what it needs of the others. */
export function createParts(options: SpeakerOptions, context: SpeakerContext, ground: Ground): Parts {
  const { node, namespace, loadBalancerClass, ignoreExcludeLabel, excludedInterfaces } = options
  const { stores, layer2, fellows } = ground
  const metrics = createSpeakerMetrics(context.metrics, {
    layer2: () => layer2.counters(),
    memberList: () => fellows.memberList,
    settled: () => announcer.settled(),
  })
  const recording = { component: 'metallb-speaker', host: node, onDropped: metrics.eventsDropped }
  const events = createEventRecorder({ ...context, ...recording })
  const reporting = { log: context.log, node, metrics, events }
  const writing = { ...context, node, namespace, pod: () => stores.speakerPods.get(`${namespace}/${options.pod}`) }

  const macs = new SpeakerMacs({
    ...{ ...context, namespace },
    onMacs: (name, addresses) => fellows.setMacs(name, addresses),
  })
  const tellConflict = reportConflict(reporting, (service) => stores.services.get(service))
  const ownership: Ownership = new Ownership({
    ...{ company: fellows.company, layer2, clock: context.clock, pace: options.pace },
    outranks: (service, rival) => placement.outranks(service, rival, node),
    onRole: (services) => announcer.reconsiderSoon(services),
    onConflict(conflict) {
      tellConflict(conflict)
      macs.want()
    },
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
    standings: () => fellows.standings,
    onStale: () => reordering.soon(),
  })
  const reordering: Reordering = new Reordering({
    refresh: () => placement.refresh(),
    settled: () => announcer.settled(),
    reconsider: (services) => announcer.reconsiderSoon(services),
  })
  const protocol = new Layer2Protocol({
    ...{ node, layer2, placement, ownership },
    onChange(service) {
      statuses.enqueue(service)
      report.changed()
    },
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
    ...{ ...writing, events, metrics, store: stores.ownStatus, excludedInterfaces },
    source: { dumpLinks, dumpRoutes, subscribe: subscribeNetlink },
    dataplaneHealth: options.dataplaneHealth,
    onFitness: (fitness) => fellows.setFit(fitness !== 'unfit'),
    config: () => keeper.current,
    lostContact: () => fellows.lostContact(),
    doing: () => ({
      ...{ phase: fellows.phase, generation: keeper.generation, members: fellows.counts, addresses: ownership.counts },
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
    onGeneration() {
      report.configChanged()
      fellows.setConfiguration(keeper.generation!)
    },
    onChange({ pools }) {
      layer2.setRanges(pools.flatMap(({ ranges }) => ranges))
      reconsiderAll()
    },
    onVerdict(verdict) {
      state.set(verdict.errors.map(({ message }) => message))
      reportVerdict({ ...reporting, notReady: context.setReady }, verdict)
    },
  })
  return { announcer, protocol, ownership, reordering, keeper, statuses, state, report, macs, probes, events }
}

/** The configuration, of all that is watched. */
function configStores(stores: Stores) {
  const { pools, l2Advertisements, bgpAdvertisements, bgpPeers, bfdProfiles } = stores
  const { communities, nodes, secrets, extras } = stores
  return { pools, l2Advertisements, bgpAdvertisements, bgpPeers, bfdProfiles, communities, nodes, secrets, extras }
}
