import { candidatesAmong, type Layer2Situation, nodeObstacle, type Suitability, scoreOf } from './eligibility.ts'
import { best } from './rank.ts'
import { isPresent, type Standings } from './standing.ts'

/** What decides where balanced Services are while nodes are away. */
export interface Presence {
  isThere(node: string): boolean
  /** The best of the nodes that are there, for all of these Services; sorted. */
  elsewhere(keys: readonly string[]): readonly string[]
}

export interface Ranked extends Pick<Suitability, 'advertisements'> {
  /** All suitable nodes, alive or not, best first. */
  readonly ranked: readonly string[]
}

export function presenceUnder(
  standings: Standings,
  { nodes, ignoreExcludeLabel }: Pick<Layer2Situation, 'nodes' | 'ignoreExcludeLabel'>,
  services: ReadonlyMap<string, Ranked>,
): Presence {
  const isWell = (node: string): boolean => {
    const facts = nodes.get(node)
    return facts !== undefined && nodeObstacle(facts, ignoreExcludeLabel) === undefined
  }
  return {
    isThere: (node) => isPresent(standings.get(node)) && isWell(node),
    elsewhere(keys) {
      const [first, ...others] = keys.map((key) => services.get(key)!)
      const { ranked, advertisements } = first!
      const common = ranked.filter((node) => isWell(node) && others.every((other) => other.ranked.includes(node)))
      return best(candidatesAmong(common, standings), (node) => scoreOf(node, advertisements))
    },
  }
}
