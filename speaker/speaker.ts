import type { Registry } from 'prom-client'
import type { ConfigRules } from '../config/rules.ts'
import type { KubeClient } from '../kube/client.ts'
import type { Clock } from '../kube/clock.ts'
import type { Log } from '../kube/log.ts'
import { startReflectors, stopReflectors, storesOf } from '../kube/reflector-set.ts'
import { dumpAddresses, dumpLinks, subscribeNetlink } from '../net/netlink.ts'
import { ApiFellows } from './api-fellows.ts'
import type { Fellows } from './fellows.ts'
import { follow } from './follow.ts'
import { type Layer2, startLayer2 } from './layer2/layer2.ts'
import { MemberFellows, type MemberFellowsOptions } from './member-fellows.ts'
import type { MemberListSettings } from './member-list-settings.ts'
import { reportLayer2 } from './observer.ts'
import type { Pace } from './ownership/pace.ts'
import { createParts, type Parts } from './parts.ts'
import { openWatches } from './watches.ts'

export interface SpeakerOptions {
  node: string
  /** Where the configuration, the status objects and the speakers' pods are. */
  namespace: string
  /** The own pod's name; empty outside a pod. */
  pod: string
  /** Label selector of the speakers' pods. */
  speakerPods: string
  /** Undefined: the API server says who is alive. */
  memberList: MemberListSettings | undefined
  /** Of taking addresses over, and of keeping those of others for them. */
  pace: Pace
  /** How long a node waits in reserve whose addresses have moved away. */
  failbackMillis: number
  /** How often addresses are announced unasked; 0: only after a change. */
  announceIntervalMillis: number
  /** This node carries traffic only while this URL says so; undefined: always. */
  dataplaneHealth: URL | undefined
  /** Empty: Services without a class. */
  loadBalancerClass: string
  ignoreExcludeLabel: boolean
  configRules: ConfigRules
  excludedInterfaces: RegExp | undefined
}

export interface SpeakerContext {
  /** The reason why not; undefined: ready. */
  setReady: (reason: string | undefined) => void
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
  const { layer2, fellows } = await startNetwork(options, context, () => parts)
  // With half of the caches this node might announce what belongs to another.
  await startReflectors(watches)
  const stores = storesOf(watches)
  parts = createParts(options, context, { stores, layer2, fellows })
  connect(fellows, layer2, parts)
  follow(stores, fellows, parts)
  parts.keeper.load()
  return {
    ready: getReady(parts, fellows),
    async stop() {
      await leave(parts, fellows)
      layer2.close()
      const { announcer, ownership, reordering, keeper, statuses, state, report, macs, probes, events } = parts
      for (const part of [ownership, announcer, reordering, keeper]) part.stop()
      for (const part of [fellows, macs]) part.close()
      const writers = [statuses, state, report, probes, events]
      await Promise.all([...writers.map((writer) => writer.stop()), stopReflectors(watches)])
    },
  }
}

/** What a node can do without the API server: answering, and being known to the other speakers. */
async function startNetwork(options: SpeakerOptions, context: SpeakerContext, parts: () => Parts | undefined) {
  const { clock, log } = context
  let fellows: Fellows | undefined
  let canHear = true
  const layer2 = await startLayer2({
    links: { dumpLinks, dumpAddresses, subscribe: subscribeNetlink },
    ...{ clock, excluded: options.excludedInterfaces },
    announceIntervalMillis: options.announceIntervalMillis || undefined,
    report: {
      ...reportLayer2(log),
      claim: (claim) => parts()?.ownership.heard(claim),
      interfacesChanged() {
        fellows?.interfacesChanged()
        parts()?.report.changed()
        for (const service of parts()?.protocol.unanswered() ?? []) parts()?.announcer.reconsider(service)
      },
      hearing(can) {
        canHear = can
        fellows?.setHearing(can)
      },
    },
  })
  const gateways = () => parts()?.report.surroundings.gateways ?? []
  fellows = createFellows(options, context, layer2, gateways)
  fellows.setHearing(canHear)
  return { layer2, fellows }
}

function createFellows(
  options: SpeakerOptions,
  { log, clock, setReady }: SpeakerContext,
  layer2: Layer2,
  gateways: MemberFellowsOptions['gateways'],
): Fellows {
  const { node, memberList: settings, pace, failbackMillis } = options
  if (settings !== undefined)
    return new MemberFellows({ node, settings, pace, failbackMillis, layer2, gateways, log, clock })
  const onFit = (isFit: boolean) => setReady(isFit ? undefined : 'the dataplane of this node is not healthy')
  return new ApiFellows({ node, onFit })
}

function connect(fellows: Fellows, layer2: Layer2, { ownership, announcer, report, macs }: Parts): void {
  fellows.connect({
    conform: () => ownership.conform(),
    probeOwn: (most) => ownership.probeOwn(most),
    announceAgain: () => layer2.announceAgain('all'),
    whenElected: (run) => void announcer.settled().then(run),
    changed: () => report.changed(),
    macsWanted: () => macs.want(),
  })
}

/** Elects everything once before the others count on this node, and is ready when they do. */
async function getReady({ keeper, announcer, reordering, report, statuses }: Parts, fellows: Fellows): Promise<void> {
  await keeper.inForce
  await announcer.settled()
  reordering.now()
  await announcer.settled()
  await report.judged
  fellows.settled()
  await fellows.hasStarted
  statuses.enqueueOwn()
}

/** Goes on answering until others do, for half a second at most. What says that this node announces is left to them. */
async function leave({ statuses, ownership }: Parts, fellows: Fellows): Promise<void> {
  void statuses.stop()
  const isTold = fellows.leave()
  await new Promise<void>((resolve) => ownership.whenHandedOver(resolve))
  await isTold
}
