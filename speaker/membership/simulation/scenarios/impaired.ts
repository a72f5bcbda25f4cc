import type { Cluster } from '../cluster.ts'
import { count, type Figure, type Scenario } from './scenario.ts'

const impairedSeconds = 600

/** Something is wrong with one node for a while, and then what that did to others' addresses and to its own. */
function impair(cluster: Cluster, begin: (index: number) => void, mostTaken: number, mostLost?: number): Figure[] {
  const host = cluster.hosts[1]!
  begin(host.index)
  cluster.owners.judgeAll()
  cluster.run((cluster.settings.seconds || impairedSeconds) * 1000)
  const { moves } = cluster.owners
  const taken = moves.filter(({ to, type }) => to === host && type !== 'home').length
  const flaps = new Set(
    moves
      .filter(({ from, type }) => from === host && type !== 'home')
      .map(({ atMillis }) => Math.floor(atMillis / 1000)),
  )
  return [
    count('addresses of others that it took', taken, mostTaken),
    count('times that its own were taken', flaps.size, mostLost),
  ]
}

export const impaired: Record<string, Scenario> = {
  oneway: {
    summary: 'one node does not hear one other, for 10 min',
    run: (cluster) => impair(cluster, (index) => cluster.network.cut((index + 1) % cluster.hosts.length, index), 0, 0),
  },
  accuser: {
    summary: 'one node gets half of the packets and accuses everybody, for 10 min',
    run: (cluster) => impair(cluster, (index) => cluster.network.lose(index, { received: 0.5 }), 0),
  },
  lossy: {
    summary: 'half of what one node sends and receives is lost, for an hour: it is damped',
    settings: { seconds: 3600 },
    run: (cluster) => impair(cluster, (index) => cluster.network.lose(index, { received: 0.5, sent: 0.5 }), 0, 12),
  },
  deaf: {
    summary: 'one node sends and hears nothing, for 10 min',
    run: (cluster) => impair(cluster, (index) => cluster.network.lose(index, { received: 1 }), 0),
  },
  mute: {
    summary: 'one node hears and cannot send, for 10 min',
    run: (cluster) => impair(cluster, (index) => cluster.network.lose(index, { sent: 1 }), 0),
  },
}
