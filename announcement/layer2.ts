import { type Address, formatAddress } from '../net/address.ts'
import { interfacesFor, judgeNodes, type Layer2Refusal, type Layer2Situation, scoreOf } from './eligibility.ts'
import { rankCandidates } from './rank.ts'
import type { Standings } from './standing.ts'

/** What decides who announces one Service; the same on every node. */
export interface ElectionSituation extends Layer2Situation {
  /** As in the Service's status: the first one decides, the others follow it. */
  readonly addresses: readonly Address[]
  readonly standings: Standings
}

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
export function electLayer2(situation: ElectionSituation): Layer2Election {
  const { advertisements, candidates, refusals } = judgeNodes(situation, situation.standings)

  // The highest score, then the smallest hash of the first address.
  const ip = formatAddress(situation.addresses[0]!)
  const order = rankCandidates(candidates, ip, (node) => scoreOf(node, advertisements))

  const answers = new Map<string, Layer2Answer>()
  for (const node of situation.nodes.keys()) {
    answers.set(node, { announces: false, reason: refusals.get(node) ?? 'outranked' })
  }
  const [owner] = order
  if (owner !== undefined) answers.set(owner, { announces: true, interfaces: interfacesFor(owner, advertisements) })
  return { order, answers }
}
