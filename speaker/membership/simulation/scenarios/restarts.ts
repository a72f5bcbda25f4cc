import type { Cluster } from '../cluster.ts'
import type { Host } from '../host.ts'
import { count, type Figure, millis, type Scenario } from './scenario.ts'

/** Of a pod that is replaced: its successor's image is there. */
const downMillis = 2000

function settle(cluster: Cluster, mostMillis = 10_000): Figure {
  const took = cluster.runUntil(() => cluster.isWhole(), mostMillis, 10)
  return millis('all as before, after the last start', took ?? Number.POSITIVE_INFINITY, mostMillis)
}

/** Each in turn, by `end`, and back after `pauseMillis`. */
function replaceEach(
  cluster: Cluster,
  hosts: readonly Host[],
  end: (host: Host) => void,
  pauseMillis: number,
): Figure[] {
  for (const host of hosts) {
    end(host)
    cluster.runUntil(() => !host.hasSpeaker, 5000)
    cluster.run(pauseMillis)
    cluster.start(host)
    cluster.runUntil(() => host.serves, 10_000)
  }
  return [settle(cluster), ...whatMoved(cluster)]
}

function whatMoved({ owners, settings }: Cluster): Figure[] {
  const most = settings.standInSeconds > 0 ? 0 : undefined
  return [count('addresses that moved', owners.moves.length, most)]
}

function some(cluster: Cluster, most: number): Host[] {
  return cluster.random.pick(cluster.hosts, Math.min(most, cluster.settings.count || most))
}

export const restarts: Record<string, Scenario> = {
  crash: {
    summary: 'a speaker is killed and stays away; its node forwards as ever',
    run: (cluster) => {
      const [host] = some(cluster, 1)
      cluster.crash(host!)
      cluster.run(10_000)
      const { owners, timeline } = cluster
      const figures = [
        millis('nobody answers', owners.unowned.longestMillis(timeline.nowMillis), 200),
        ...whatMoved(cluster),
      ]
      cluster.run(cluster.settings.standInSeconds * 1000 + 5000)
      const left = cluster.owners.lastOwnedBy(new Set([host!])).length
      return [...figures, count('its addresses that are nobody else’s in the end', left, 0)]
    },
  },
  rolling: {
    summary: 'all speakers are replaced, one after the other',
    run: (cluster) => replaceEach(cluster, cluster.hosts, (host) => cluster.stop(host), downMillis),
  },
  restart: {
    summary: 'speakers are killed and started again after 200 ms (count: how many, one after the other)',
    run: (cluster) => replaceEach(cluster, some(cluster, 50), (host) => cluster.crash(host), 200),
  },
  calendar: {
    summary: 'speakers are killed and started again, with a calendar that is an hour behind',
    run: (cluster) => {
      const behind = (host: Host): void => {
        cluster.crash(host)
        host.calendarMillis -= 3_600_000
      }
      return replaceEach(cluster, some(cluster, 20), behind, 200)
    },
  },
  api: {
    summary: 'a speaker is killed and started again while the API server is away for a minute',
    run: (cluster) => {
      const [host] = some(cluster, 1)
      cluster.crash(host!)
      cluster.run(200)
      cluster.start(host!, false)
      cluster.run(60_000)
      const won = cluster.owners.moves.filter(({ to }) => to === host).length
      host!.speaker!.hearApi()
      return [count('addresses won without knowing of them', won, 0), settle(cluster)]
    },
  },
  'power-off': {
    summary: 'a speaker is killed, and its node loses power 2 s later',
    run: (cluster) => {
      const [host] = some(cluster, 1)
      const lost = cluster.owners.lastOwnedBy(new Set([host!]))
      cluster.crash(host!)
      cluster.run(2000)
      cluster.owners.reset()
      cluster.powerOff([host!])
      cluster.run(5000)
      const taken = cluster.owners.moves.filter(({ vip }) => lost.includes(vip)).length
      return [
        count('its addresses that nobody took', lost.length - taken, 0),
        millis('nobody answers', cluster.owners.unowned.longestMillis(cluster.timeline.nowMillis), 600),
      ]
    },
  },
}
