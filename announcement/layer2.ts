import type { V1Service } from '@kubernetes/client-node'
import { matchesAny } from '../config/selector.ts'
import type { Layer2Advertisement, Pool } from '../config/snapshot.ts'
import { type Address, formatAddress } from '../net/address.ts'
import type { UsableEndpoints } from './endpoints.ts'
import type { NodeFacts } from './node.ts'
import { rankCandidates } from './rank.ts'
import type { Standings } from './standing.ts'

/** What decides who announces one Service; the same on every node. */
export interface Layer2Situation {
  readonly service: V1Service
  /** As in the Service's status: the first one decides, the others follow it. */
  readonly addresses: readonly Address[]
  /** The pool that holds the addresses. */
  readonly pool: Pool
  readonly endpoints: UsableEndpoints
  readonly nodes: ReadonlyMap<string, NodeFacts>
  readonly standings: Standings
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

export type Layer2Answer =
  | { readonly announces: true; readonly interfaces: readonly string[] | 'all' }
  | { readonly announces: false; readonly reason: Layer2Refusal }

export interface Layer2Election {
  /** The candidates, best first: the first is the owner, the others are its successors. */
  readonly order: readonly string[]
  /** One for every known node. */
  readonly answers: ReadonlyMap<string, Layer2Answer>
}

/** Elects the node that announces a Service; all nodes agree without talking when they see the same situation. */
export function electLayer2(situation: Layer2Situation): Layer2Election {
  const { service, pool, nodes } = situation

  // 1. Somebody must be able to take the traffic.
  if (!situation.endpoints.any) return nobody(nodes, 'noUsableEndpoint')

  // 2. The advertisements of the pool that are meant for this Service.
  const advertisements = pool.layer2.filter((advertisement) => selectsService(advertisement, service))

  // 3. Services on one address must share one owner, which selectors per Service could tear apart.
  if (wantsSharedAddress(service) && advertisements.some(({ serviceSelectors }) => serviceSelectors.length > 0)) {
    return nobody(nodes, 'sharedIPWithServiceSelector')
  }

  // 4.-6. What speaks against each node.
  const eligible: string[] = []
  const answers = new Map<string, Layer2Answer>()
  for (const [node, facts] of nodes) {
    const reason = objection(situation, advertisements, node, facts)
    if (reason === undefined) eligible.push(node)
    answers.set(node, { announces: false, reason: reason ?? 'outranked' })
  }

  // 7. Nodes in reserve only where there is no other.
  const isReserve = (node: string): boolean => situation.standings.get(node) === 'reserve'
  const candidates = eligible.every(isReserve) ? eligible : eligible.filter((node) => !isReserve(node))
  if (candidates !== eligible) {
    for (const node of eligible.filter(isReserve)) answers.set(node, { announces: false, reason: 'inReserve' })
  }

  // 8. The highest score, then the smallest hash of the first address.
  const order = rankCandidates(candidates, formatAddress(situation.addresses[0]!), (node) =>
    sum(advertisements.map(({ preferredNodes }) => preferredNodes.get(node) ?? 0)),
  )
  const [owner] = order
  if (owner !== undefined) answers.set(owner, { announces: true, interfaces: interfacesFor(owner, advertisements) })
  return { order, answers }
}

function objection(
  situation: Layer2Situation,
  advertisements: readonly Layer2Advertisement[],
  node: string,
  facts: NodeFacts,
): Layer2Refusal | undefined {
  // 4. An advertisement selects the node.
  if (!advertisements.some(({ nodes }) => nodes.has(node))) return 'noMatchingAdvertisement'
  // 5. The node can answer and be reached.
  if (!situation.standings.has(node)) return 'notAlive'
  if (facts.networkUnavailable) return 'networkUnavailable'
  if (facts.excluded && !situation.ignoreExcludeLabel) return 'excludedByLabel'
  // 6. Under the Local policy its own endpoints must take the traffic.
  if (isLocal(situation.service) && !situation.endpoints.nodes.has(node)) return 'noLocalEndpoint'
  return undefined
}

function nobody(nodes: ReadonlyMap<string, NodeFacts>, reason: Layer2Refusal): Layer2Election {
  const answers = new Map<string, Layer2Answer>()
  for (const node of nodes.keys()) answers.set(node, { announces: false, reason })
  return { order: [], answers }
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

function isLocal(service: V1Service): boolean {
  return service.spec?.externalTrafficPolicy === 'Local'
}

/** The union over the advertisements that select the node; one without a list means all interfaces. */
function interfacesFor(node: string, advertisements: readonly Layer2Advertisement[]): readonly string[] | 'all' {
  const lists = advertisements.filter(({ nodes }) => nodes.has(node)).map(({ interfaces }) => interfaces)
  return lists.some((list) => list.length === 0) ? 'all' : [...new Set(lists.flat())].sort()
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
