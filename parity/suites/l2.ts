import type { V1EndpointSlice, V1Node, V1Service } from '@kubernetes/client-node'
import { Registry } from 'prom-client'
import { nodeFacts } from '../../announcement/node.ts'
import { addressDigest, rankCandidates } from '../../announcement/rank.ts'
import { judgeService } from '../../announcement/service.ts'
import { parseConfig } from '../../config/parse.ts'
import type { Config } from '../../config/snapshot.ts'
import type { EventRecorder } from '../../kube/events.ts'
import type { KubeObject } from '../../kube/object.ts'
import { ObjectStore } from '../../kube/store.ts'
import { silentLog } from '../../kube/testing/silent-log.ts'
import { formatAddress, parseAddress } from '../../net/address.ts'
import { Announcer } from '../../speaker/announcer.ts'
import { Layer2Protocol } from '../../speaker/layer2-protocol.ts'
import { createSpeakerMetrics } from '../../speaker/metrics.ts'
import { createObserver, reportNoInterface } from '../../speaker/observer.ts'
import type { Protocol } from '../../speaker/protocol.ts'
import { keepEndpointSlice, keepNode, keepService } from '../../speaker/transforms.ts'
import { serviceOfSlice } from '../../speaker/watches.ts'
import { type Facts, type Operations, runSteps, ScenarioError, type Suite } from '../suite.ts'
import { configObjectsOf, ofKind } from './objects.ts'

interface Given {
  readonly objects?: readonly KubeObject[]
  /** Nodes with a speaker that is alive; default all. */
  readonly speakers?: readonly string[]
  readonly memberlist?: boolean
  readonly interfaces?: Readonly<Record<string, readonly string[]>>
  readonly ignoreExcludeLB?: boolean
}

const operations: Operations<Given> = {
  rank: (_, { candidates, ip, scores }) => {
    const names = candidates as string[]
    const scoreOf = (node: string) => (scores as Record<string, number> | undefined)?.[node] ?? 0
    const text = formatAddress(parseAddress(ip as string))
    return {
      order: rankCandidates(names, text, scoreOf),
      hashes: Object.fromEntries(names.map((node) => [node, addressDigest(node, text)])),
    }
  },
  elect: (given, { service }) => {
    const cluster = clusterOf(given)
    const nodes = cluster.speakers.map((node) => [node, speak(node, service as string, cluster, given)] as const)
    const announcers = nodes.filter(([, { announced }]) => Object.keys(announced as object).length > 0)
    return { announcers: announcers.map(([node]) => node), nodes: Object.fromEntries(nodes) }
  },
}

interface Cluster {
  readonly config: Config
  readonly nodes: readonly V1Node[]
  readonly speakers: readonly string[]
  readonly alive: ReadonlySet<string>
  readonly services: ObjectStore<V1Service>
  readonly endpointSlices: ObjectStore<V1EndpointSlice>
}

function clusterOf({ objects, speakers, memberlist }: Given): Cluster {
  const nodes = ofKind<V1Node>(objects, 'Node').map(keepNode)
  const names = nodes.map(({ metadata }) => metadata?.name ?? '')
  const parsed = parseConfig({ ...configObjectsOf(objects), nodes })
  if (!parsed.ok) throw new ScenarioError(`the configuration is refused: ${parsed.errors[0]?.message}`)
  const endpointSlices = new ObjectStore<V1EndpointSlice>({ indexes: { service: (slice) => [serviceOfSlice(slice)] } })
  for (const slice of ofKind<V1EndpointSlice>(objects, 'EndpointSlice')) endpointSlices.apply(keepEndpointSlice(slice))
  const services = new ObjectStore<V1Service>()
  for (const service of ofKind<V1Service>(objects, 'Service')) services.apply(keepService(service))
  const alive = new Set(memberlist === false ? names : (speakers ?? names))
  return { config: parsed.config, nodes, speakers: speakers ?? names, alive, services, endpointSlices }
}

/** Runs the speaker of one node, without its watches and sockets. */
function speak(node: string, key: string, cluster: Cluster, { interfaces, ignoreExcludeLB }: Given): Facts {
  const { config, services, endpointSlices } = cluster
  const local = interfaces?.[node] ?? ['eth0']
  const announced: Record<string, string | readonly string[]> = {}
  const events: { type: string; reason: string }[] = []
  let result = 'success'
  let reason: string | undefined
  const metrics = createSpeakerMetrics(new Registry(), () => new Map())
  const update = (failed: boolean): void => {
    if (failed) result = 'error'
  }
  const recorder: EventRecorder = {
    emit: (_, { type, reason }) => events.push({ type, reason }),
    flush: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    dropped: 0,
  }
  const reporting = { node, log: silentLog, metrics: { ...metrics, update }, events: recorder }
  const layer2 = new Layer2Protocol({
    ...{ node, ignoreExcludeLabel: ignoreExcludeLB === true, alive: () => cluster.alive },
    nodes: new Map(cluster.nodes.map((one) => [one.metadata?.name ?? '', nodeFacts(one)])),
    layer2: {
      announce: (_, address, on) => {
        announced[formatAddress(address)] = on === 'all' ? '*' : on
      },
      withdraw: () => undefined,
      hasInterface: (name) => local.includes(name),
    },
    onChange: () => undefined,
    onNoInterface: reportNoInterface(reporting),
  })
  const overheard: Protocol = {
    name: layer2.name,
    reconcile(candidate) {
      const outcome = layer2.reconcile(candidate)
      reason = outcome.announces ? '' : outcome.reason
      return outcome
    },
    withdraw: (service) => layer2.withdraw(service),
  }
  const announcer = new Announcer({
    ...{ services, endpointSlices, config: () => config, handles: () => true, protocols: [overheard] },
    observer: createObserver(reporting, () => undefined),
  })
  announcer.reconsider(key)
  return { reason: reason ?? whyNoProtocol(services.get(key), config), result, announced, events }
}

/** The announcer asks no protocol about such a Service. */
function whyNoProtocol(service: V1Service | undefined, config: Config): string {
  if (service === undefined) return 'serviceDeleted'
  const verdict = judgeService(service, config)
  return verdict.announceable ? '' : verdict.reason
}

export const layer2: Suite = {
  rules: {
    announcers: 'set',
    nodes: 'map',
    'nodes.*.announced': 'map',
    'nodes.*.announced.*': 'set',
    hashes: 'map',
  },
  run: (given, steps) => runSteps(operations, given, steps),
}
