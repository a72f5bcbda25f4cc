import { Cluster } from './cluster.ts'
import { commonFigures, type Figure, type Scenario } from './scenarios/scenario.ts'
import { defaults, type Settings } from './settings.ts'

const startMillis = 1000
const settledMillis = 5000

/** A cluster of that many nodes lives through it; what came of it. */
export function simulate(
  scenario: Scenario,
  nodes: number,
  given: Partial<Settings>,
  watch?: (cluster: Cluster) => void,
): Figure[] {
  const cluster = new Cluster(nodes, { ...defaults, ...scenario.settings, ...given })
  watch?.(cluster)
  scenario.prepare?.(cluster)
  if (scenario.isCold !== true) start(cluster)
  const figures = scenario.run(cluster)
  return [...figures, ...commonFigures(cluster)]
}

function start(cluster: Cluster): void {
  for (const host of cluster.hosts)
    cluster.timeline.after(cluster.random.next() * startMillis, () => cluster.start(host))
  cluster.run(startMillis)
  if (cluster.runUntil(() => cluster.isWhole(), 60_000, 50) === undefined)
    throw new Error('the cluster never came to rest')
  cluster.run(settledMillis)
  cluster.reset()
}
