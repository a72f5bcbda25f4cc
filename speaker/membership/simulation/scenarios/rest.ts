import type { Cluster } from '../cluster.ts'
import { count, type Figure, millis, type Scenario } from './scenario.ts'

const steadySeconds = 3600

/** All start within that time, as a DaemonSet is created. */
function cold(cluster: Cluster): Figure[] {
  const spreadMillis = cluster.settings.count || 1000
  for (const host of cluster.hosts)
    cluster.timeline.after(cluster.random.next() * spreadMillis, () => cluster.start(host))
  cluster.run(spreadMillis)
  const known = cluster.runUntil(() => cluster.hosts.every(({ speaker }) => speaker!.knowsAll()), 60_000, 10)
  const whole = cluster.runUntil(() => cluster.isWhole(), 60_000, 10)
  const { owners, timeline } = cluster
  const figures = [
    count('addresses taken from each other', owners.count('false')),
    millis('two owners at the start, longest', owners.twice.longestMillis(timeline.nowMillis), 1000),
  ]
  owners.reset()
  return [
    ...figures,
    millis('all know all, after the last start', known ?? Number.POSITIVE_INFINITY, 10_000),
    millis('one owner for each address, after that', whole ?? Number.POSITIVE_INFINITY, 1000),
  ]
}

export const rest: Record<string, Scenario> = {
  steady: {
    summary: 'nothing happens for an hour',
    run: (cluster) => {
      cluster.run((cluster.settings.seconds || steadySeconds) * 1000)
      return [count('believed dead at the end', cluster.beliefs.standingWrong(), 0)]
    },
  },
  loss: {
    summary: 'every path loses 10 % of the packets, and others are overtaken, for an hour',
    settings: { loss: 0.1, reorder: 0.1 },
    run: (cluster) => {
      cluster.run((cluster.settings.seconds || steadySeconds) * 1000)
      return [count('believed dead at the end', cluster.beliefs.standingWrong())]
    },
  },
  cold: { summary: 'all start within a second (count: ms)', isCold: true, run: cold },
}
