import type { V1Service } from '@kubernetes/client-node'
import { matchesAny } from '../config/selector.ts'
import type { Layer2Advertisement, Pool } from '../config/snapshot.ts'
import type { UsableEndpoints } from './endpoints.ts'
import type { NodeFacts } from './node.ts'
import { isPresent, type Standings } from './standing.ts'

/** What decides which nodes may announce one Service, but for who is alive; the same on every node. */
export interface Layer2Situation {
  readonly service: V1Service
  /** The pool that holds the addresses. */
  readonly pool: Pool
  readonly endpoints: UsableEndpoints
  readonly nodes: ReadonlyMap<string, NodeFacts>
  readonly ignoreExcludeLabel: boolean
}

/** Why a node does not announce. `metallb` is the name that MetalLB's logs use for it. */
export const layer2Refusals = {
  noUsableEndpoint: { metallb: 'notOwner', text: 'no endpoint is ready or serving' },
  sharedIPWithServiceSelector: {
    metallb: 'sharedIPWithServiceSelector',
    text: 'a shared address cannot be announced by an advertisement with service selectors',
  },
  noMatchingAdvertisement: {
    metallb: 'noMatchingAdvertisement',
    text: 'no advertisement of the pool selects both the service and the node',
  },
  notAlive: { metallb: 'notOwner', text: 'no serving speaker is known on the node' },
  networkUnavailable: { metallb: 'notOwner', text: 'the network of the node is unavailable' },
  excludedByLabel: { metallb: 'notOwner', text: 'the node is labelled to be excluded from load balancing' },
  noLocalEndpoint: { metallb: 'notOwner', text: 'traffic policy is Local and the node has no usable endpoint' },
  inReserve: { metallb: 'notOwner', text: 'the node is back from an absence and waits until it has proved stable' },
  outranked: { metallb: 'notOwner', text: 'another node comes first for the address' },
} as const

export type Layer2Refusal = keyof typeof layer2Refusals

export interface Suitability {
  /** The advertisements of the pool that are meant for this Service. */
  readonly advertisements: readonly Layer2Advertisement[]
  /** The nodes that may announce if they are alive. */
  readonly suitable: readonly string[]
  /** Why not, for each of the others. */
  readonly refusals: ReadonlyMap<string, Layer2Refusal>
}

export interface Eligibility extends Pick<Suitability, 'advertisements' | 'refusals'> {
  /** The nodes among which the order decides. */
  readonly candidates: readonly string[]
}

/** Says which nodes may announce a Service now, and of each of the others why not. Cheap: nothing is hashed. */
export function judgeNodes(situation: Layer2Situation, standings: Standings): Eligibility {
  const { advertisements, suitable, refusals } = judgeSuitability(situation)
  const candidates = candidatesAmong(suitable, standings)
  const isCandidate = new Set(candidates)
  const late = suitable.filter((node) => !isCandidate.has(node))
  return {
    ...{ advertisements, candidates },
    refusals: new Map([...refusals, ...late.map((node) => [node, refusalByStanding(node, standings)] as const)]),
  }
}

/** Says which nodes could announce a Service if their speakers were alive. */
export function judgeSuitability(situation: Layer2Situation): Suitability {
  const { service, pool, nodes } = situation
  const advertisements = advertisementsFor(service, pool)
  const obstacle = obstacleForAll(situation, advertisements)
  const suitable: string[] = []
  const refusals = new Map<string, Layer2Refusal>()
  for (const [node, facts] of nodes) {
    const refusal = obstacle ?? obstacleFor(node, facts, situation, advertisements)
    if (refusal) refusals.set(node, refusal)
    else suitable.push(node)
  }
  return { advertisements, suitable, refusals }
}

/**
 * Where a Service belongs when every node is well: what may pass (a label that sets a node aside, a lack of endpoints
 * anywhere) does not count.
 */
export function nodesIfAllWereWell(
  { service, endpoints, nodes }: Layer2Situation,
  advertisements: readonly Layer2Advertisement[],
): readonly string[] {
  return [...nodes.keys()].filter(
    (node) => isSelected(node, advertisements) && canTakeTraffic(node, service, endpoints),
  )
}

/** Of nodes in any order, those that count now, in the same order: those in reserve only where there is no other. */
export function candidatesAmong(suitable: readonly string[], standings: Standings): readonly string[] {
  const present = suitable.filter((node) => isPresent(standings.get(node)))
  return present.length > 0 ? present : suitable.filter((node) => standings.has(node))
}

function refusalByStanding(node: string, standings: Standings): Layer2Refusal {
  return standings.has(node) ? 'inReserve' : 'notAlive'
}

/** The union over the advertisements that select the node; one without a list means all interfaces. */
export function interfacesFor(node: string, advertisements: readonly Layer2Advertisement[]): readonly string[] | 'all' {
  const lists = advertisements.filter(({ nodes }) => nodes.has(node)).map(({ interfaces }) => interfaces)
  return lists.some((list) => list.length === 0) ? 'all' : [...new Set(lists.flat())].sort()
}

/** What the preferences of the advertisements add up to. */
export function scoreOf(node: string, advertisements: readonly Layer2Advertisement[]): number {
  return advertisements.reduce((score, { preferredNodes }) => score + (preferredNodes.get(node) ?? 0), 0)
}

function obstacleForAll(
  { service, endpoints }: Layer2Situation,
  advertisements: readonly Layer2Advertisement[],
): Layer2Refusal | undefined {
  // 1. Somebody must be able to take the traffic.
  if (!endpoints.any) return 'noUsableEndpoint'
  // 2. Services on one address must share one owner, which selectors per Service could tear apart.
  const isSelective = advertisements.some(({ serviceSelectors }) => serviceSelectors.length > 0)
  return isSelective && wantsSharedAddress(service) ? 'sharedIPWithServiceSelector' : undefined
}

function obstacleFor(
  node: string,
  facts: NodeFacts,
  { service, endpoints, ignoreExcludeLabel }: Layer2Situation,
  advertisements: readonly Layer2Advertisement[],
): Layer2Refusal | undefined {
  // 3. An advertisement selects the node.
  if (!isSelected(node, advertisements)) return 'noMatchingAdvertisement'
  // 4. The node can be reached, and is not set aside.
  const obstacle = nodeObstacle(facts, ignoreExcludeLabel)
  if (obstacle) return obstacle
  // 5. Under the Local policy its own endpoints must take the traffic.
  return canTakeTraffic(node, service, endpoints) ? undefined : 'noLocalEndpoint'
}

/** What speaks against a node whatever the Service. */
export function nodeObstacle(facts: NodeFacts, ignoreExcludeLabel: boolean): Layer2Refusal | undefined {
  if (facts.networkUnavailable) return 'networkUnavailable'
  return facts.excluded && !ignoreExcludeLabel ? 'excludedByLabel' : undefined
}

function isSelected(node: string, advertisements: readonly Layer2Advertisement[]): boolean {
  return advertisements.some(({ nodes }) => nodes.has(node))
}

function canTakeTraffic(node: string, service: V1Service, endpoints: UsableEndpoints): boolean {
  return service.spec?.externalTrafficPolicy !== 'Local' || endpoints.nodes.has(node)
}

/** The pool's own list where all are meant: thousands of Services have it in common. */
function advertisementsFor(service: V1Service, { layer2 }: Pool): readonly Layer2Advertisement[] {
  const selects = (advertisement: Layer2Advertisement): boolean => selectsService(advertisement, service)
  return layer2.every(selects) ? layer2 : layer2.filter(selects)
}

function selectsService({ serviceSelectors }: Layer2Advertisement, service: V1Service): boolean {
  return serviceSelectors.length === 0 || matchesAny(serviceSelectors, service.metadata?.labels ?? {})
}

/** The annotation counts under its old name too, and when its value is empty. */
function wantsSharedAddress(service: V1Service): boolean {
  const annotations = service.metadata?.annotations ?? {}
  return ['metallb.io/allow-shared-ip', 'metallb.universe.tf/allow-shared-ip'].some((key) =>
    Object.hasOwn(annotations, key),
  )
}
