import type { Cluster } from '../cluster.ts'
import type { Host } from '../host.ts'
import { count, type Figure, millis, type Scenario, spread } from './scenario.ts'

const partitionMillis = 15_000
/** By then kernels have given up neighbours that do not answer. */
const neighboursMillis = 10_000
const healedMillis = 10_000

function divide(cluster: Cluster, apart: readonly Host[]): void {
  const { beliefs, network } = cluster
  beliefs.expect((a, b) => network.partOf(a.index) !== network.partOf(b.index))
  cluster.separate(apart)
  cluster.run(neighboursMillis)
  cluster.loseNeighbours()
  cluster.run(partitionMillis - neighboursMillis)
}

function heal(cluster: Cluster): Figure[] {
  let last = 0
  cluster.heal()
  for (let passed = 0; passed < healedMillis; passed++) {
    if (cluster.owners.twice.count > 0) last = passed + 1
    cluster.run(1)
  }
  return [
    millis('one owner again after the heal', last, 1000),
    count('believed dead at the end', cluster.beliefs.standingWrong(), 0),
  ]
}

function divideAndHeal(cluster: Cluster, apart: readonly Host[]): Figure[] {
  divide(cluster, apart)
  const believed = spread('the other part believed dead', cluster.beliefs.timesMillis)
  const missing = count('deaths not believed', cluster.beliefs.missing(), 0)
  return [...believed, missing, ...heal(cluster)]
}

export const partitions: Record<string, Scenario> = {
  heal: {
    summary: 'the network falls in halves for 15 s',
    run: (cluster) => {
      const half = cluster.random.pick(cluster.hosts, cluster.hosts.length >> 1)
      return divideAndHeal(cluster, half)
    },
  },
  strangers: {
    summary: 'two halves do not understand each other’s datagrams (another secret) for 5 min; frames pass',
    isCold: true,
    run: (cluster) => {
      const { hosts, network, random, owners, timeline } = cluster
      network.estrange(random.pick(hosts, hosts.length >> 1).map(({ index }) => index))
      for (const host of hosts) timeline.after(random.next() * 1000, () => cluster.start(host))
      cluster.run(6000)
      for (const { speaker } of hosts) speaker!.noteUnheard()
      cluster.run(20_000)
      cluster.reset()
      cluster.run(300_000)
      const moved = count('addresses that moved', owners.moves.length, 0)
      const twice = millis('two owners, longest', owners.twice.longestMillis(timeline.nowMillis), 1000)
      return [moved, twice, ...heal(cluster)]
    },
  },
  isolate: {
    summary: 'one node is cut off from the others, not from its clients, for 15 s',
    run: (cluster) => divideAndHeal(cluster, cluster.random.pick(cluster.hosts, 1)),
  },
}
