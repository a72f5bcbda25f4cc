/**
 * The condition `metallb.io/Announced` of a Service: whether a node announces its addresses, and why not if none does.
 *
 * It names no node: when a node fails and another takes over, thousands of Services stay as they are, and whoever watches
 * them hears nothing. Which node announces is in ServiceL2Status.
 */
import type { V1Service } from '@kubernetes/client-node'
import { matchesAny } from '../config/selector.ts'
import type { Layer2Advertisement } from '../config/snapshot.ts'
import { type Address, formatAddress } from '../net/address.ts'
import { type AnnouncedReason, announcedReasons, type Hindrance, hindrances } from './announced-reasons.ts'
import { Digests } from './digests.ts'
import { type Eligibility, interfacesFor, judgeNodes, type Layer2Situation, scoreOf } from './eligibility.ts'
import { rankCandidates } from './rank.ts'
import type { ServiceReason } from './service.ts'
import type { Standings } from './standing.ts'

export interface AnnouncedCondition {
  readonly status: 'True' | 'False'
  readonly reason: AnnouncedReason
  readonly message: string
}

/** What a speaker says of itself, as far as it bears on whether it answers. */
export interface SpeakerView {
  /** Its node cannot carry traffic. */
  readonly isUnfit: boolean
  /** It goes by another configuration than the newest. */
  readonly isStale: boolean
  /** It has been away for longer than a restart takes. */
  readonly isMissing: boolean
  /** Where it answers; undefined: it does not say. */
  readonly interfaces: ReadonlySet<string> | undefined
}

export interface AnnouncedSituation extends Layer2Situation {
  readonly standings: Standings
  /** Those that there are, by node. */
  readonly speakers: ReadonlyMap<string, SpeakerView>
}

/** The same for all Services of one kind (`kindOf`), whatever their addresses. */
export interface Outlook {
  readonly condition: AnnouncedCondition
  /** Where it makes a difference which candidate has the address: elections do not ask for interfaces. */
  readonly exception?: Exception
}

interface Exception {
  readonly eligibility: Pick<Eligibility, 'candidates' | 'advertisements'>
  /** Candidates that do not answer. */
  readonly mute: ReadonlySet<string>
  readonly condition: AnnouncedCondition
}

/** Where a Service has an address and no pool to be announced by; undefined: there is nothing to announce. */
export function refusedCondition(reason: ServiceReason): AnnouncedCondition | undefined {
  if (reason === 'ipNotAllowed') return say('NoAddressPool', 'no IPAddressPool has its addresses')
  if (reason === 'invalidIP') return say('UnreadableAddress', 'its status has an address that cannot be read')
  return undefined
}

export function outlookOf(situation: AnnouncedSituation): Outlook {
  const eligibility = judgeNodes(situation, situation.standings)
  if (eligibility.advertisements.length === 0) return { condition: withoutAdvertisement(situation) }
  if (situation.nodes.size === 0) return { condition: say('NoNodes', 'the cluster has no nodes') }

  const found = hindrancesOf(eligibility, situation)
  const { candidates } = eligibility
  const able = candidates.filter((node) => !found.has(node))
  if (able.length === 0) return { condition: summarise(found, situation.nodes.size) }
  const mute = new Set(candidates.filter((node) => found.get(node) === 'interfaceMissing'))
  // Where balanced Services are depends on all the others: that some node could have it has to do.
  const isByHash = eligibility.advertisements.every(({ placement }) => placement !== 'Balanced')
  if (mute.size === 0 || !isByHash) return { condition: announced }
  const condition = say('InterfaceMissing', `the node that has the address: ${hindrances.interfaceMissing.text}`)
  return { condition: announced, exception: { eligibility, mute, condition } }
}

/** @param addresses as in the Service's status: the first one decides who has them */
export function conditionFor({ condition, exception }: Outlook, addresses: readonly Address[]): AnnouncedCondition {
  if (exception === undefined) return condition
  const { candidates, advertisements } = exception.eligibility
  const score = (node: string) => scoreOf(node, advertisements)
  const [owner] = rankCandidates(candidates, formatAddress(addresses[0]!), new Digests(), score)
  return exception.mute.has(owner!) ? exception.condition : condition
}

/**
 * What an outlook depends on apart from nodes and speakers: equal for Services that have the same outlook.
 * What `eligibility.ts` reads of a Service has to be in here.
 */
export function kindOf({ service, pool, endpoints }: Omit<Layer2Situation, 'nodes' | 'ignoreExcludeLabel'>): string {
  const isLocal = service.spec?.externalTrafficPolicy === 'Local'
  const kind = `${pool.name} ${endpoints.any} ${isLocal ? [...endpoints.nodes].sort().join() : '*'}`
  if (![...pool.layer2, ...pool.bgp].some(isSelective)) return kind
  const { labels, annotations = {} } = service.metadata ?? {}
  const shares = Object.keys(annotations).some((key) => key.endsWith('/allow-shared-ip'))
  return `${kind} ${shares} ${JSON.stringify(labels)}`
}

type Selective = Pick<Layer2Advertisement, 'serviceSelectors'>

function isSelective({ serviceSelectors }: Selective): boolean {
  return serviceSelectors.length > 0
}

const announced = say('Announced', 'a node announces it in Layer 2 mode; its ServiceL2Status says which')

function withoutAdvertisement({ pool, service }: Layer2Situation): AnnouncedCondition {
  if (pool.bgp.some((advertisement) => isMeantFor(service, advertisement))) {
    return say(
      'BGPNotSpoken',
      `pool ${pool.name} is advertised by BGP only, which speakers of this version do not speak`,
    )
  }
  const isAny = pool.layer2.length + pool.bgp.length > 0
  const why = isAny
    ? 'none of its advertisements selects this Service'
    : 'no L2Advertisement or BGPAdvertisement names it'
  return say('NoMatchingAdvertisement', `pool ${pool.name} is not advertised: ${why}`)
}

function isMeantFor(service: V1Service, advertisement: Selective): boolean {
  return !isSelective(advertisement) || matchesAny(advertisement.serviceSelectors, service.metadata?.labels ?? {})
}

/** By node; absent: it would announce if the address came to it. */
function hindrancesOf(
  eligibility: Eligibility,
  { speakers, standings }: AnnouncedSituation,
): ReadonlyMap<string, Hindrance> {
  const { candidates, advertisements, refusals } = eligibility
  const isAttended = hasStandIn(eligibility, standings)
  const found = new Map<string, Hindrance>()
  for (const [node, refusal] of refusals) {
    if (refusal === 'outranked') continue // said in elections only
    found.set(node, refusal === 'notAlive' && speakers.get(node)?.isUnfit ? 'nodeUnfit' : refusal)
  }
  for (const node of candidates) {
    const speaker = speakers.get(node)
    const isLost = !isAttended && speaker?.isMissing
    const hindrance = isLost ? 'notAlive' : hindranceOf(speaker, interfacesFor(node, advertisements))
    if (hindrance) found.set(node, hindrance)
  }
  return found
}

/** Whether somebody can answer in the place of a speaker that is away. */
function hasStandIn({ candidates, refusals }: Eligibility, standings: Standings): boolean {
  const isThere = candidates.some((node) => standings.get(node) === 'serving')
  return isThere || [...refusals.values()].includes('inReserve')
}

function hindranceOf(speaker: SpeakerView | undefined, allowed: readonly string[] | 'all'): Hindrance | undefined {
  const { interfaces, isStale } = speaker ?? {}
  const answers =
    interfaces === undefined || (allowed === 'all' ? interfaces.size > 0 : allowed.some((one) => interfaces.has(one)))
  if (!answers) return 'interfaceMissing'
  return isStale ? 'configStale' : undefined
}

/** Counts nodes only where they differ, so that it stays the same when nodes come and go. */
function summarise(found: ReadonlyMap<string, Hindrance>, nodeCount: number): AnnouncedCondition {
  const counts = new Map<Hindrance, number>()
  for (const hindrance of found.values()) counts.set(hindrance, (counts.get(hindrance) ?? 0) + 1)
  const rows = (Object.keys(hindrances) as Hindrance[]).filter((name) => counts.has(name))
  const { reason, text, isOfAll } = hindrances[rows[0]!]
  const parts = rows.map((name) => `${nodesText(counts.get(name)!, nodeCount)}: ${hindrances[name].text}`)
  return say(reason, isOfAll ? text : parts.join('; '))
}

function nodesText(count: number, all: number): string {
  if (count === all) return 'every node'
  return count === 1 ? '1 node' : `${count} nodes`
}

function say(reason: AnnouncedReason, message: string): AnnouncedCondition {
  return { status: announcedReasons[reason], reason, message }
}
