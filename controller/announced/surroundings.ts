import type { SpeakerView } from '../../announcement/announced.ts'
import type { NodeFacts } from '../../announcement/node.ts'
import type { Standing } from '../../announcement/standing.ts'
import type { SpeakerFacts } from './speaker-facts.ts'

/** What bears on the announcing of every Service. */
export interface Surroundings {
  readonly nodes: ReadonlyMap<string, NodeFacts>
  readonly standings: ReadonlyMap<string, Standing>
  readonly speakers: ReadonlyMap<string, SpeakerView>
  readonly ignoreExcludeLabel: boolean
}

/** While the others stand in for a speaker that is away: `--l2-stand-in-seconds` of the speakers, by default. */
const standInMillis = 30_000
/** A speaker that is only restarted is back by then: where nobody can stand in for it, that need not be told. */
const restartMillis = 10_000
/** A SpeakerStatus is written once a second at most, and later where the API server is slow. */
const staleMillis = 10_000

/** What is known of one node: of its speaker undefined if there has never been one. */
export interface NodeRecord {
  readonly node: NodeFacts
  readonly speaker: SpeakerFacts | undefined
  /** Since when its speaker is away, if it is and was there before. */
  readonly leftMillis: number | undefined
}

/** The configuration in force here, since when. */
export interface InForce {
  readonly generation: string
  readonly sinceMillis: number
}

/** How its node counts in elections. A speaker that went away leaves its addresses where they are, for a while. */
export function standingOf({ speaker, leftMillis }: NodeRecord, nowMillis: number): Standing | undefined {
  if (speaker === undefined || speaker.state === 'unfit') return undefined
  if (speaker.state !== 'away') return speaker.state
  return leftMillis !== undefined && nowMillis < leftMillis + standInMillis ? 'kept' : undefined
}

export function viewOf(
  { state, interfaces, generation }: SpeakerFacts,
  leftMillis: number | undefined,
  inForce: InForce | undefined,
  nowMillis: number,
): SpeakerView {
  const isOther = inForce !== undefined && generation !== undefined && generation !== inForce.generation
  return {
    isUnfit: state === 'unfit',
    isStale: isOther && nowMillis >= inForce.sinceMillis + staleMillis,
    isMissing: leftMillis !== undefined && nowMillis >= leftMillis + restartMillis,
    interfaces: interfaces === undefined ? undefined : new Set(interfaces),
  }
}

/** When something will be otherwise although nobody tells. */
export function nextChangeMillis(
  records: Iterable<NodeRecord>,
  inForce: InForce | undefined,
  nowMillis: number,
): number | undefined {
  const times = [...records].flatMap(({ leftMillis }) =>
    leftMillis === undefined ? [] : [leftMillis + restartMillis, leftMillis + standInMillis],
  )
  if (inForce !== undefined) times.push(inForce.sinceMillis + staleMillis)
  const later = times.filter((millis) => millis > nowMillis)
  return later.length > 0 ? Math.min(...later) : undefined
}
