import { expect } from 'chai'
import type { KubeClient } from './client.ts'
import { type Election, electLeader, mayTake, takenBy } from './lease.ts'
import { MemoryClient } from './testing/memory-client.ts'
import { silentLog } from './testing/silent-log.ts'
import { VirtualClock } from './testing/virtual-clock.ts'

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

  /** The same server behind a cable that can be pulled. */
  function cable(): { client: object; pull(): void } {
    let pulled = false
    const via = (verb: 'get' | 'create' | 'update') => (resource: never, argument: never) =>
      pulled ? Promise.reject(new Error('no connection')) : server[verb](resource, argument)
    const client = { get: via('get'), create: via('create'), update: via('update') }
    return {
      client,
      pull() {
        pulled = true
      },
    }
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
      if (!call.startsWith('create')) return
      return new Promise((resolve) => void clock.setTimeout(resolve, 10_000))
    }
    const election = candidate('a')
    await clock.advance(10_000)
    expect(spec().holderIdentity).to.equal('a')
    expect(election.isLeader()).to.equal(false)
    server.before = () => {}
    await clock.advance(3_000)
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

  it('hands over without a wait when it is stopped', async () => {
    const first = candidate('a')
    await clock.advance(0)
    candidate('b')
    await clock.advance(1_000)
    await first.stop()
    expect(spec()).to.include({ holderIdentity: '', leaseDurationSeconds: 1 })
    await clock.advance(2_200)
    expect(story).to.eql(['a+', 'a-', 'b+'])
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
    const candidates = ['a', 'b', 'c'].map((identity) => candidate(identity))
    for (let tick = 0; tick < 3_000; tick++) {
      await clock.advance(200)
      expect(candidates.filter((each) => each.isLeader()).length).to.be.at.most(1)
    }
    expect(new Set(story).size).to.be.greaterThan(2)
    server.before = () => {}
    await clock.advance(12_000)
  }).timeout(30_000)

  it('takes a record that is free, its own or expired', () => {
    const held = { record: { spec: { holderIdentity: 'b', leaseDurationSeconds: 15 } }, sinceMillis: 1_000 }
    expect(mayTake(held, 'a', 15_999)).to.equal(false)
    expect(mayTake(held, 'a', 16_000)).to.equal(true)
    expect(mayTake(held, 'b', 1_000)).to.equal(true)
    expect(mayTake({ record: { spec: { holderIdentity: '' } }, sinceMillis: 1_000 }, 'a', 1_000)).to.equal(true)
  })

  it('counts a transition only when the holder changes', () => {
    const first = takenBy({}, 'a', 15_000, new Date(0))
    expect(takenBy(first, 'a', 15_000, new Date(0)).leaseTransitions).to.equal(0)
    expect(takenBy(first, 'b', 15_000, new Date(0)).leaseTransitions).to.equal(1)
  })
})
