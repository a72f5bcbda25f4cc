import { expect } from 'chai'
import type { CallLimits, KubeClient } from './client.ts'
import { type Election, electLeader } from './lease.ts'
import { MemoryClient } from './testing/memory-client.ts'
import { silentLog } from './testing/silent-log.ts'
import { VirtualClock } from './testing/virtual-clock.ts'
import type { Transport } from './transport.ts'

interface Spec {
  holderIdentity?: string
  leaseDurationSeconds?: number
  leaseTransitions?: number
  renewTime?: string
}

const key = 'leases kube/test'

describe('leader election', () => {
  let clock: VirtualClock
  let server: MemoryClient
  let elections: Election[]
  /** "a+" when a starts leading, "a-" when it stops. */
  let story: string[]
  /** What a leader still has to end when it stops leading. */
  let lastWork: () => void | Promise<void>

  beforeEach(() => {
    clock = new VirtualClock()
    server = new MemoryClient()
    elections = []
    story = []
    lastWork = () => {}
  })
  afterEach(async () => {
    server.before = () => {}
    const stopped = Promise.all(elections.map((election) => election.stop()))
    await clock.advance(2_000)
    await stopped
    expect(clock.pending).to.equal(0)
  })

  function candidate(identity: string, client: object = server): Election {
    const election = electLeader({
      client: client as KubeClient,
      namespace: 'kube',
      name: 'test',
      identity,
      log: silentLog,
      clock,
      random: () => 0.5,
      onStartedLeading: () => void story.push(`${identity}+`),
      onStoppedLeading: () => {
        const ending = lastWork() // may throw at once, as a callback that is not asynchronous can
        return Promise.resolve(ending).then(() => void story.push(`${identity}-`))
      },
    })
    elections.push(election)
    return election
  }

  /** The same server behind a cable: without it calls fail and watches are silent. */
  function cable(): { client: object; pull(): void; plug(): void } {
    let isPulled = false
    const via = (verb: 'get' | 'create' | 'update') => (resource: never, argument: never, limits: never) =>
      isPulled ? Promise.reject(new Error('no connection')) : server[verb](resource, argument, limits)
    const transport = transportThrough((line) => (isPulled ? undefined : line))
    return {
      client: { get: via('get'), create: via('create'), update: via('update'), transport },
      pull() {
        isPulled = true
      },
      plug() {
        isPulled = false
      },
    }
  }

  /** The same server, whose watches bring nothing. */
  function deaf(): object {
    return { ...cable().client, transport: transportThrough(() => undefined) }
  }

  function transportThrough(filter: (line: string) => string | undefined): Transport {
    const sendForLines: Transport['sendForLines'] = (request, { signal, onLine }) => {
      const pass = (line: string) => filter(line) !== undefined && onLine(line)
      return server.transport.sendForLines(request, { signal, onLine: pass })
    }
    return { ...server.transport, sendForLines }
  }

  function spec(): Spec {
    return (server.objects.get(key) as { spec?: Spec } | undefined)?.spec ?? {}
  }

  it('makes the first candidate the leader, and writes the lease as client-go does', async () => {
    const first = candidate('a')
    await clock.advance(0)
    expect(first.isLeader()).to.equal(true)
    expect(spec()).to.include({ holderIdentity: 'a', leaseDurationSeconds: 15, leaseTransitions: 0 })
    expect(spec().renewTime).to.match(/^2026-01-01T00:00:00\.\d{6}Z$/)
  })

  it('keeps the leader while it renews, every two seconds with one write', async () => {
    candidate('a')
    await clock.advance(0)
    candidate('b')
    await clock.advance(60_000)
    expect(story).to.eql(['a+'])
    expect(server.calls.filter((call) => call.startsWith('update'))).to.have.length(30)
  })

  it('lets the next candidate lead 15 s after the leader was last seen to renew, and not before', async () => {
    const { client, pull } = cable()
    candidate('a', client)
    await clock.advance(0)
    candidate('b')
    await clock.advance(3_000)
    pull()
    await clock.advance(13_900)
    expect(story).to.eql(['a+', 'a-'])
    await clock.advance(5_000)
    expect(story).to.eql(['a+', 'a-', 'b+'])
    expect(spec()).to.include({ holderIdentity: 'b', leaseTransitions: 1 })
  })

  it('keeps leading when one renewal got no answer in its time and the next is slow', async () => {
    const election = candidate('a')
    await clock.advance(1_000)
    const takes = (millis: number) => new Promise<void>((resolve) => void clock.setTimeout(resolve, millis))
    server.before = async () => {
      server.before = () => takes(2_000)
      await takes(5_000)
      throw new Error('no answer in time')
    }
    await clock.advance(9_500)
    expect(story).to.eql(['a+'])
    expect(election.isLeader()).to.equal(true)
  })

  it('waits for no other request with anything that it does', async () => {
    const waited: string[] = []
    const via = (verb: 'get' | 'create' | 'update') => (resource: never, argument: never, limits: CallLimits) => {
      if (!limits.urgent) waited.push(verb)
      return server[verb](resource, argument, limits)
    }
    const client = { get: via('get'), create: via('create'), update: via('update'), transport: server.transport }
    const election = candidate('a', client)
    await clock.advance(10_000)
    await election.stop()
    expect(server.calls.length).to.be.above(5)
    expect(waited).to.eql([])
  })

  it('stops leading 10 s after it began its last successful write, also when a request hangs', async () => {
    const election = candidate('a')
    await clock.advance(1_000)
    server.before = () => new Promise(() => {})
    await clock.advance(8_999)
    expect(election.isLeader()).to.equal(true)
    await clock.advance(1)
    expect(election.isLeader()).to.equal(false)
  })

  it('does not lead again before its last work has ended', async () => {
    let end = () => {}
    lastWork = () =>
      new Promise((resolve) => {
        end = resolve
      })
    const election = candidate('a')
    await clock.advance(1_000)
    server.before = () => {
      throw new Error('told to')
    }
    await clock.advance(10_000)
    server.before = () => {}
    await clock.advance(20_000)
    expect(election.isLeader()).to.equal(false)
    expect(story).to.eql(['a+'])
    end()
    lastWork = () => {}
    await clock.advance(5_000)
    expect(story).to.eql(['a+', 'a-', 'a+'])
  })

  it('leads again after an outage although its callback threw at once', async () => {
    const election = candidate('a')
    await clock.advance(1_000)
    lastWork = () => {
      throw new Error('told to end badly')
    }
    server.before = () => {
      throw new Error('told to')
    }
    await clock.advance(14_000)
    expect(election.isLeader()).to.equal(false)
    server.before = () => {}
    await clock.advance(20_000)
    expect(election.isLeader()).to.equal(true)
    lastWork = () => {}
  })

  it('leaves the lease to another while its last work goes on', async () => {
    lastWork = () => new Promise((resolve) => void clock.setTimeout(resolve, 60_000))
    candidate('a')
    await clock.advance(1_000)
    candidate('b')
    server.before = () => {
      throw new Error('told to')
    }
    await clock.advance(10_000)
    server.before = () => {}
    await clock.advance(20_000)
    expect(story).to.eql(['a+', 'b+'])
    lastWork = () => {}
    await clock.advance(60_000)
  })

  it('does not lead again by a renewal that was under way when its time was up', async () => {
    let end = () => {}
    lastWork = () =>
      new Promise((resolve) => {
        end = resolve
      })
    const election = candidate('a')
    await clock.advance(1_000)
    server.before = () => new Promise((resolve) => void clock.setTimeout(resolve, 9_000))
    await clock.advance(11_000)
    expect(election.isLeader()).to.equal(false)
    expect(story).to.eql(['a+'])
    end()
    lastWork = () => {}
    server.before = () => {}
    await clock.advance(5_000)
    expect(story).to.eql(['a+', 'a-', 'a+'])
  })

  it('does not call itself the leader after its time, also when no timer could fire', async () => {
    const election = candidate('a')
    await clock.advance(0)
    clock.jump(10_000)
    expect(election.isLeader()).to.equal(false)
    expect(story).to.eql(['a+'])
  })

  it('waits for a renewal under way, so that the release is not refused', async () => {
    const election = candidate('a')
    await clock.advance(0)
    const update = server.update.bind(server)
    server.update = async (...call) => {
      const record = await update(...call)
      await new Promise<void>((resolve) => void clock.setTimeout(resolve, 300))
      return record
    }
    await clock.advance(2_000)
    const stopped = election.stop()
    server.update = update
    await clock.advance(300)
    await stopped
    expect(spec()).to.include({ holderIdentity: '', leaseDurationSeconds: 1 })
  })

  it('does not take the lease by an attempt that was under way when it was stopped', async () => {
    server.before = () => new Promise((resolve) => void clock.setTimeout(resolve, 300))
    const election = candidate('a')
    await clock.advance(0)
    const stopped = election.stop()
    await clock.advance(5_000)
    await stopped
    expect(server.calls).to.eql(['get leases kube/test'])
  })

  it('stops within a second while the server does not answer', async () => {
    const leader = candidate('a')
    await clock.advance(0)
    server.before = () => new Promise(() => {})
    for (const secondsLater of [0, 3]) {
      await clock.advance(secondsLater * 1_000)
      const election = secondsLater === 0 ? leader : candidate('b')
      const startedMillis = clock.now()
      let endedMillis = Infinity
      void election.stop().then(() => {
        endedMillis = clock.now()
      })
      await clock.advance(5_000)
      expect(endedMillis - startedMillis).to.be.at.most(1_000)
    }
    elections.length = 0
  })

  it('does not lead after a write that took too long to be safe', async () => {
    server.before = (call) => {
      if (call.startsWith('get')) return
      return new Promise((resolve) => void clock.setTimeout(resolve, 10_000))
    }
    const election = candidate('a')
    await clock.advance(10_000)
    expect(spec().holderIdentity).to.equal('a')
    expect(election.isLeader()).to.equal(false)
    server.before = () => {}
    await clock.advance(11_000)
    expect(election.isLeader()).to.equal(true)
  })

  it('stops leading at once when another holds the lease', async () => {
    const election = candidate('a')
    await clock.advance(0)
    await server.update(
      { plural: 'leases' } as never,
      {
        metadata: { namespace: 'kube', name: 'test', resourceVersion: '1' },
        spec: { holderIdentity: 'thief', leaseDurationSeconds: 15 },
      } as never,
    )
    await clock.advance(4_000)
    expect(election.isLeader()).to.equal(false)
  })

  it('hands over at once when it is stopped', async () => {
    const first = candidate('a')
    await clock.advance(0)
    for (const identity of ['b', 'c']) candidate(identity)
    await clock.advance(1_000)
    await first.stop()
    await clock.advance(0)
    expect(story).to.eql(['a+', 'a-', 'b+'])
    expect(spec().holderIdentity).to.equal('b')
  })

  it('hands over when it is stopped also to a candidate whose watch is silent', async () => {
    const first = candidate('a')
    await clock.advance(0)
    candidate('b', deaf())
    await clock.advance(1_000)
    await first.stop()
    await clock.advance(2_200)
    expect(story).to.eql(['a+', 'a-', 'b+'])
  })

  it('hands over at once also when an attempt of the next was under way', async () => {
    const first = candidate('a')
    await clock.advance(0)
    candidate('b')
    await clock.advance(1_000)
    const get = server.get.bind(server)
    server.get = async (...call) => {
      const record = await get(...call)
      await new Promise<void>((resolve) => void clock.setTimeout(resolve, 300))
      return record
    }
    await clock.advance(1_300) // b has read, and has not heard yet
    server.get = get
    await first.stop()
    await clock.advance(300)
    expect(story).to.eql(['a+', 'a-', 'b+'])
  })

  it('takes over in the moment in which the lease expires', async () => {
    const { client, pull } = cable()
    candidate('a', client)
    await clock.advance(0)
    candidate('b')
    await clock.advance(2_000)
    pull()
    await clock.advance(14_999)
    expect(story).to.eql(['a+', 'a-'])
    await clock.advance(1)
    expect(story).to.eql(['a+', 'a-', 'b+'])
  })

  it('leads at once when it comes back under its old name', async () => {
    const { client, pull } = cable()
    candidate('a', client)
    await clock.advance(0)
    pull()
    const again = candidate('a')
    await clock.advance(0)
    expect(again.isLeader()).to.equal(true)
    expect(spec().leaseTransitions).to.equal(0)
  })

  it('keeps its leader when somebody deletes the record', async () => {
    const leader = candidate('a')
    await clock.advance(0)
    candidate('b')
    await clock.advance(1_000)
    server.remove(key)
    await clock.advance(60_000)
    expect(story).to.eql(['a+'])
    expect(leader.isLeader()).to.equal(true)
    expect(spec().holderIdentity).to.equal('a')
  })

  it('does not take a deleted record before its leader must have noticed', async () => {
    const { client, pull } = cable()
    candidate('a', client)
    await clock.advance(0)
    candidate('b')
    await clock.advance(1_000)
    pull()
    server.remove(key)
    await clock.advance(14_999)
    expect(story).to.eql(['a+', 'a-'])
    await clock.advance(1)
    expect(story).to.eql(['a+', 'a-', 'b+'])
  })

  it('tells how long nobody else can lead', async () => {
    const leader = candidate('a')
    const other = candidate('b')
    expect(leader.remainingMillis()).to.equal(0)
    await clock.advance(0)
    expect(leader.remainingMillis()).to.equal(10_000)
    expect(other.remainingMillis()).to.equal(0)
    await clock.advance(1_500)
    expect(leader.remainingMillis()).to.equal(8_500)
    clock.jump(8_500)
    expect(leader.remainingMillis()).to.equal(0)
  })

  it('keeps the lease while it ends its work in order, and not beyond', async () => {
    let remainingMillis = 0
    const leader = candidate('a')
    await clock.advance(1_000)
    lastWork = () => {
      remainingMillis = leader.remainingMillis()
    }
    await leader.stop()
    expect(remainingMillis).to.equal(9_000)
    expect(leader.remainingMillis()).to.equal(0)
  })

  it('has nothing left of the lease when it is lost to another', async () => {
    const leader = candidate('a')
    await clock.advance(0)
    await server.update(
      { plural: 'leases' } as never,
      {
        metadata: { namespace: 'kube', name: 'test', resourceVersion: '1' },
        spec: { holderIdentity: 'thief', leaseDurationSeconds: 15 },
      } as never,
    )
    await clock.advance(4_000)
    expect(leader.remainingMillis()).to.equal(0)
  })

  it('knows who leads after the first answer, whoever it is', async () => {
    server.before = () => {
      throw new Error('told to')
    }
    const elections = ['a', 'b'].map((identity) => candidate(identity))
    let decided = 0
    for (const election of elections) void election.decided.then(() => decided++)
    await clock.advance(1_000)
    expect(decided).to.equal(0)
    server.before = () => {}
    await clock.advance(5_000)
    expect(decided).to.equal(2)
  })

  it('never has two leaders, whatever the server does', async () => {
    let seed = 1
    const random = () => {
      seed = (seed * 16_807) % 2_147_483_647
      return seed / 2_147_483_647
    }
    server.before = async () => {
      if (random() < 0.3) throw new Error('told to')
      if (random() < 0.3) await new Promise<void>((resolve) => void clock.setTimeout(resolve, random() * 12_000))
    }
    const cables = [cable(), cable(), cable()]
    const candidates = cables.map(({ client }, number) => candidate('abc'[number]!, client))
    for (let tick = 0; tick < 3_000; tick++) {
      if (random() < 0.02) for (const each of cables) each[random() < 0.3 ? 'pull' : 'plug']()
      await clock.advance(200)
      expect(candidates.filter((each) => each.remainingMillis() > 0).length).to.be.at.most(1)
    }
    expect(new Set(story).size).to.equal(6)
    server.before = () => {}
    await clock.advance(12_000)
  }).timeout(30_000)
})
