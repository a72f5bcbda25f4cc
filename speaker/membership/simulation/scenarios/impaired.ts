import type { Cluster } from '../cluster.ts'
import { count, type Figure, millis, type Scenario } from './scenario.ts'

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
  slow: {
    summary: 'one node’s clock runs at 40 % of the others’ (count: percent), for 10 min',
    prepare: (cluster) => {
      cluster.hosts[1]!.clockRate = (cluster.settings.count || 40) / 100
    },
    run: (cluster) => impair(cluster, () => {}, 0),
  },
  socket: {
    summary: 'the packet sockets of one node fail for 5 s: it is alive and answers nobody',
    run: (cluster) => {
      const { owners, timeline, hosts } = cluster
      hosts[1]!.speaker!.setSockets(false)
      cluster.run(5000)
      const unanswered = millis('nobody answers', owners.unowned.longestMillis(timeline.nowMillis), 600)
      hosts[1]!.speaker!.setSockets(true)
      const home = cluster.runUntil(() => cluster.isWhole(), 10_000, 10) ?? Number.POSITIVE_INFINITY
      return [unanswered, millis('all as before, after they are open again', home, 1500)]
    },
  },
  replay: {
    summary: 'somebody repeats a tenth of all datagrams within a minute, and alters another; all are sealed',
    settings: { sealed: 1 },
    run: (cluster) => {
      const { wire, timeline, random } = cluster
      let wrong = 0
      wire.onDatagram = (to, packet) => {
        if (packet.type !== 'datagram' || !packet.isGenuine || random.next() > 0.2) return
        const datagram = Buffer.from(packet.datagram)
        if (random.next() < 0.5) datagram[random.below(datagram.length)]! ^= 1
        wrong++
        timeline.after(random.between(5, 60_000), () =>
          wire.deliver(packet.from, to, { ...packet, datagram, isGenuine: false }),
        )
      }
      cluster.run((cluster.settings.seconds || 120) * 1000)
      return [count('repeated or altered datagrams', wrong), count('of these believed', cluster.deceptions, 0)]
    },
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
