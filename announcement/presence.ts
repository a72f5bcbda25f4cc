import { candidatesAmong, type Layer2Situation, nodeObstacle, scoreOf } from './eligibility.ts'
import { best } from './rank.ts'
import type { Rankings } from './rankings.ts'
import { isPresent, type Standings } from './standing.ts'

/** What decides where balanced Services are while nodes are away. */
export interface Presence {
  isThere(node: string): boolean
  /** The best of the nodes that are there, for all of these Services; sorted. */
  elsewhere(keys: readonly string[]): readonly string[]
}

export function presenceUnder(
  standings: Standings,
  { nodes, ignoreExcludeLabel }: Pick<Layer2Situation, 'nodes' | 'ignoreExcludeLabel'>,
  rankings: Pick<Rankings, 'get'>,
): Presence {
  const isWell = (node: string): boolean => {
    const facts = nodes.get(node)
    return facts !== undefined && nodeObstacle(facts, ignoreExcludeLabel) === undefined
  }
  return {
    isThere: (node) => isPresent(standings.get(node)) && isWell(node),
    elsewhere(keys) {
      const [first, ...others] = keys.map((key) => rankings.get(key)!)
      const { ranked, advertisements } = first!
      const common = ranked.filter((node) => isWell(node) && others.every((other) => other.ranked.includes(node)))
      return best(candidatesAmong(common, standings), (node) => scoreOf(node, advertisements))
    },
  }
}
