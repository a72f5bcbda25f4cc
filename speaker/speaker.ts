import { isDeepStrictEqual } from 'node:util'
import type { Registry } from 'prom-client'
import type { KubeClient } from '../kube/client.ts'
import type { Clock } from '../kube/clock.ts'
import { createEventRecorder } from '../kube/events.ts'
import type { Log } from '../kube/log.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Change } from '../kube/store.ts'
import { dumpLinks, subscribeNetlink } from '../net/netlink.ts'
import { aliveFromApi } from './alive.ts'
import { Announcer } from './announcer.ts'
import { ConfigKeeper, type ConfigVerdict } from './config-keeper.ts'
import { ConfigurationStateWriter } from './configuration-state.ts'
import { L2StatusWriter } from './l2-status-writer.ts'
import { type Layer2, startLayer2 } from './layer2/layer2.ts'
import { Layer2Protocol } from './layer2-protocol.ts'
import { createSpeakerMetrics } from './metrics.ts'
import { followNodes } from './node-table.ts'
import { createObserver, reportLayer2, reportNoInterface } from './observer.ts'
import { isOfClass } from './service-class.ts'
import { openWatches, serviceOfSlice, startWatches, stopWatches, type Watches } from './watches.ts'

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
  excludedInterfaces: RegExp | undefined
}

export interface SpeakerContext {
  client: KubeClient
  metrics: Registry
  log: Log
  clock: Clock
}

interface Running {
  stop(): Promise<void>
}

/** Resolves when all that this node has to announce is announced. */
export async function startSpeaker(options: SpeakerOptions, context: SpeakerContext): Promise<Running> {
  const watches = openWatches({ ...options, ...context })
  let interfacesChanged = (): void => undefined
  const layer2 = await startLayer2({
    links: { dump: dumpLinks, subscribe: subscribeNetlink },
    clock: context.clock,
    excluded: options.excludedInterfaces,
    report: { ...reportLayer2(context.log), interfacesChanged: () => interfacesChanged() },
  })
  // With half of the caches this node might announce what belongs to another.
  await startWatches(watches)
  const joined = join(options, context, watches, layer2)
  interfacesChanged = joined.interfacesChanged
  await joined.settled()
  return {
    async stop() {
      layer2.close()
      await joined.stop()
      await stopWatches(watches)
    },
  }
}

interface Joined extends Running {
  interfacesChanged(): void
  settled(): Promise<void>
}

/** Wires decisions, announcing and reporting; what happens in the cluster flows from left to right. */
function join(options: SpeakerOptions, context: SpeakerContext, watches: Watches, layer2: Layer2): Joined {
  const { node, namespace, loadBalancerClass, ignoreExcludeLabel } = options
  const stores = storesOf(watches)
  const { services, endpointSlices, nodes, pools, l2Advertisements, speakerPods } = stores
  const metrics = createSpeakerMetrics(context.metrics, () => layer2.counters())
  const events = createEventRecorder({ ...context, component: 'metallb-speaker', host: node })
  const observerOptions = { ...context, node, metrics, events }
  const pod = () => speakerPods.get(`${namespace}/${options.pod}`)
  const writing = { ...context, node, namespace, pod }

  const alive = aliveFromApi(nodes, speakerPods)
  const protocol = new Layer2Protocol({
    node,
    nodes: followNodes(nodes, () => announcer.reconsiderAll()),
    alive: () => alive.nodes,
    ignoreExcludeLabel,
    layer2,
    onChange: (service) => statuses.enqueue(service),
    onNoInterface: reportNoInterface(observerOptions),
  })
  const statuses = new L2StatusWriter({
    ...writing,
    present: stores.l2Statuses,
    interfacesOf: (service) => protocol.interfacesOf(service),
  })
  const announcer: Announcer = new Announcer({
    services,
    endpointSlices,
    config: () => keeper.current,
    handles: (service) => isOfClass(service, loadBalancerClass),
    protocols: [protocol],
    observer: createObserver(observerOptions, () => keeper.serviceWithdrawn()),
  })
  const state = new ConfigurationStateWriter({ ...writing, store: stores.ownState })
  const keeper: ConfigKeeper = new ConfigKeeper({
    read: () => ({
      pools: [...pools.values()],
      l2Advertisements: [...l2Advertisements.values()],
      nodes: [...nodes.values()],
    }),
    strandedBy: (config) => announcer.strandedBy(config),
    onChange: () => announcer.reconsiderAll(),
    onVerdict({ loaded, errors }: ConfigVerdict) {
      for (const error of errors) context.log.error({ error }, 'the configuration is not in force')
      metrics.config({ loaded, stale: errors.length > 0 })
      state.set(errors)
    },
  })

  const configured = (change: Change<KubeObject>): void => {
    if (bearsOnConfig(change)) keeper.schedule()
  }
  services.subscribe(({ key }) => announcer.reconsider(key))
  endpointSlices.subscribe(({ before, after }) => announcer.reconsider(serviceOfSlice((after ?? before)!)))
  alive.subscribe(() => announcer.reconsiderAll())
  pools.subscribe(configured)
  l2Advertisements.subscribe(configured)
  nodes.subscribe(configured)
  keeper.load()

  return {
    interfacesChanged: () => {
      for (const service of protocol.unanswered()) announcer.reconsider(service)
    },
    async settled() {
      await announcer.settled()
      statuses.enqueueOwn()
    },
    async stop() {
      announcer.stop()
      keeper.stop()
      await Promise.all([statuses.stop(), state.stop(), events.flush()])
    },
  }
}

type Stores = { [K in keyof Watches]: Watches[K]['store'] }

function storesOf(watches: Watches): Stores {
  return Object.fromEntries(Object.entries(watches).map(([name, { store }]) => [name, store])) as Stores // same keys
}

/** Statuses of pools and nodes change all the time; what is configured is in labels and specs. */
function bearsOnConfig({ before, after }: Change<KubeObject & { spec?: unknown }>): boolean {
  return !isDeepStrictEqual(
    before && [before.metadata?.labels, before.spec],
    after && [after.metadata?.labels, after.spec],
  )
}
