import type { Cluster } from '../cluster.ts'
import type { Host } from '../host.ts'
import { count, type Figure, type Scenario, spread } from './scenario.ts'

const watchedMillis = 10_000

/** One round: these lose power, and after a while have it again. */
interface Round {
  readonly beliefs: readonly number[]
  readonly takeovers: readonly number[]
  readonly missing: number
}

function powerOff(cluster: Cluster, lost: ReadonlySet<Host>): Round {
  const { owners, beliefs, timeline } = cluster
  const began = timeline.nowMillis
  const before = owners.moves.length
  beliefs.expect((observer, other) => lost.has(other) && !lost.has(observer))
  cluster.powerOff(lost)
  cluster.run(watchedMillis)
  const moves = owners.moves.slice(before).filter(({ type, from }) => type === 'takeover' && lost.has(from))
  return {
    beliefs: beliefs.timesMillis,
    takeovers: moves.map(({ atMillis }) => atMillis - began),
    missing: beliefs.missing(),
  }
}

/** Long enough that nobody is damped for what he cannot help. */
function recover(cluster: Cluster, lost: ReadonlySet<Host>): void {
  cluster.beliefs.expect(() => false)
  cluster.powerOn(lost)
  cluster.runUntil(() => cluster.isWhole(), 60_000, 100)
  cluster.run(cluster.hosts.length > 100 ? 3000 : 120_000)
}

function rounds(cluster: Cluster, choose: () => Host[], mostMillis: number): Figure[] {
  const results: Round[] = []
  for (let round = 0; round < cluster.settings.rounds; round++) {
    const lost = new Set(choose())
    results.push(powerOff(cluster, lost))
    if (round < cluster.settings.rounds - 1) recover(cluster, lost)
  }
  const sum = results.reduce((total, { missing }) => total + missing, 0)
  return [
    ...spread(
      'believed dead',
      results.flatMap(({ beliefs }) => beliefs),
      { p99: mostMillis },
    ),
    count('deaths not believed', sum, 0),
    ...spread(
      'taken over',
      results.flatMap(({ takeovers }) => takeovers),
    ),
  ]
}

function some(cluster: Cluster, ofThem: number): Host[] {
  return cluster.random.pick(cluster.hosts, Math.max(1, Math.round(ofThem)))
}

function neighbours(cluster: Cluster, ofThem: number): Host[] {
  const ring = cluster.ring()
  const first = cluster.random.below(ring.length)
  return Array.from({ length: Math.min(ofThem, ring.length - 1) }, (_, i) => ring[(first + i) % ring.length]!)
}

export const deaths: Record<string, Scenario> = {
  deaths: {
    summary: 'nodes lose power at once (count: 1), in several rounds',
    run: (cluster) => rounds(cluster, () => some(cluster, cluster.settings.count || 1), 1000),
  },
  percent: {
    summary: 'a share of all nodes loses power at once (count: 5 %)',
    run: (cluster) => {
      const percent = cluster.settings.count || 5
      return rounds(cluster, () => some(cluster, (cluster.hosts.length * percent) / 100), 1000)
    },
  },
  block: {
    summary: 'neighbours on the ring of watchers lose power at once (count: 20)',
    run: (cluster) => rounds(cluster, () => neighbours(cluster, cluster.settings.count || 20), 1500),
  },
  survivors: {
    summary: 'all lose power but two (count)',
    settings: { rounds: 1 },
    run: (cluster) => {
      const { hosts, settings } = cluster
      return rounds(cluster, () => some(cluster, hosts.length - (settings.count || 2)), 10_000)
    },
  },
}
