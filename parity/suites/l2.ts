import type { V1EndpointSlice, V1Node, V1Service } from '@kubernetes/client-node'
import { addressDigest, Digests } from '../../announcement/digests.ts'
import { rankCandidates } from '../../announcement/rank.ts'
import { allServing } from '../../announcement/standing.ts'
import { parseConfig } from '../../config/parse.ts'
import type { KubeObject } from '../../kube/object.ts'
import { ObjectStore } from '../../kube/store.ts'
import { formatAddress, parseAddress } from '../../net/address.ts'
import { keepEndpointSlice, keepNode, keepService } from '../../speaker/transforms.ts'
import { serviceOfSlice } from '../../speaker/watches.ts'
import { type Facts, type Operations, runSteps, ScenarioError, type Suite } from '../suite.ts'
import { configObjectsOf, ofKind } from './objects.ts'
import { SpeakerUnderTest, type Surroundings } from './speaker-under-test.ts'

interface Given {
  readonly objects?: readonly KubeObject[]
  /** Nodes with a speaker that is alive; default all. */
  readonly speakers?: readonly string[]
  /** False: nobody knows who is alive, so that every node counts. */
  readonly memberlist?: boolean
  /** By node; default eth0. */
  readonly interfaces?: Readonly<Record<string, readonly string[]>>
  readonly ignoreExcludeLB?: boolean
}

const operations: Operations<Given> = {
  rank: (_, { candidates, ip, scores = {} }) => {
    const nodes = candidates as string[]
    const scoreOf = (node: string) => (scores as Record<string, number>)[node] ?? 0
    const text = formatAddress(parseAddress(ip as string))
    const hashes = Object.fromEntries(nodes.map((node) => [node, addressDigest(node, text)]))
    return { order: rankCandidates(nodes, text, new Digests(), scoreOf), hashes }
  },
  elect: (given, { service }) => {
    const surroundings = surroundingsOf(given)
    const speakers = given.speakers ?? namesOf(surroundings.nodes)
    const facts = speakers.map((node) => {
      const speaker = new SpeakerUnderTest(node, given.interfaces?.[node] ?? ['eth0'], surroundings)
      const pass = speaker.pass(service as string)
      return [node, { ...pass, announced: speaker.announced, events: speaker.events }] as const
    })
    return electionFacts(new Map(facts))
  },
}

function electionFacts(nodes: ReadonlyMap<string, Facts>): Facts {
  const announcers = [...nodes].filter(([, { announced }]) => Object.keys(announced as object).length > 0)
  return { announcers: announcers.map(([node]) => node), nodes: Object.fromEntries(nodes) }
}

function surroundingsOf({ objects, speakers, memberlist, ignoreExcludeLB }: Given): Surroundings {
  const nodes = ofKind<V1Node>(objects, 'Node').map(keepNode)
  const parsed = parseConfig({ ...configObjectsOf(objects), nodes })
  if (!parsed.ok) throw new ScenarioError(`the configuration is refused: ${parsed.errors[0]?.message}`)
  const endpointSlices = new ObjectStore<V1EndpointSlice>({ indexes: { service: (slice) => [serviceOfSlice(slice)] } })
  for (const slice of ofKind<V1EndpointSlice>(objects, 'EndpointSlice')) endpointSlices.apply(keepEndpointSlice(slice))
  const services = new ObjectStore<V1Service>()
  for (const service of ofKind<V1Service>(objects, 'Service')) services.apply(keepService(service))
  return {
    ...{ config: parsed.config, nodes, services, endpointSlices, ignoreExcludeLabel: ignoreExcludeLB === true },
    standings: allServing(memberlist === false ? namesOf(nodes) : (speakers ?? namesOf(nodes))),
  }
}

function namesOf(nodes: readonly V1Node[]): string[] {
  return nodes.map(({ metadata }) => metadata?.name ?? '')
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
