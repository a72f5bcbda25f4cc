import type { CoreV1Event } from '@kubernetes/client-node'
import { expect } from 'chai'
import { ApiError, type KubeClient } from './client.ts'
import type { EventText } from './event-series.ts'
import { createEventRecorder, type EventRecorder, type EventRecorderOptions } from './events.ts'
import type { KubeObject } from './object.ts'
import { MemoryClient } from './testing/memory-client.ts'
import { silentLog } from './testing/silent-log.ts'
import { VirtualClock } from './testing/virtual-clock.ts'

function service(name: string, namespace = 'web'): KubeObject {
  return { apiVersion: 'v1', kind: 'Service', metadata: { namespace, name, uid: `uid-${name}` } }
}

function refusal(status: number, reason = ''): ApiError {
  return new ApiError('told to', { status, reason, code: 'refused' })
}

const assigned: EventText = { type: 'Normal', reason: 'IPAllocated', message: 'assigned 10.0.0.1' }

describe('event recorder', () => {
  let clock: VirtualClock
  let server: MemoryClient
  let recorder: EventRecorder
  let dropped: number

  beforeEach(() => {
    clock = new VirtualClock()
    server = new MemoryClient()
    dropped = 0
    recorder = createEventRecorder(options())
  })

  function options(): EventRecorderOptions {
    const client = server as unknown as KubeClient
    const onDropped = (count: number) => {
      dropped += count
    }
    return { client, component: 'test', host: 'n1', onDropped, log: silentLog, clock, random: () => 1 }
  }

  function written(): CoreV1Event[] {
    return [...server.objects.values()] as CoreV1Event[]
  }

  it('writes an event about the object, from the component', async () => {
    recorder.emit(service('a'), assigned)
    await recorder.flush()
    expect(written()).to.have.length(1)
    expect(written()[0]).to.deep.include({
      ...assigned,
      count: 1,
      involvedObject: { apiVersion: 'v1', kind: 'Service', namespace: 'web', name: 'a', uid: 'uid-a' },
      source: { component: 'test', host: 'n1' },
    })
    expect(written()[0]?.metadata.name).to.match(/^a\.[0-9a-f]+$/)
  })

  it('puts events about objects without a namespace into default', async () => {
    recorder.emit({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } }, assigned)
    await recorder.flush()
    expect(written()[0]?.metadata.namespace).to.equal('default')
  })

  it('raises the count of an event that is said again', async () => {
    for (let count = 0; count < 3; count++) {
      recorder.emit(service('a'), assigned)
      await recorder.flush()
      await clock.advance(1_000)
    }
    expect(written().map(({ count }) => count)).to.eql([3])
    expect(Number(written()[0]?.lastTimestamp) - Number(written()[0]?.firstTimestamp)).to.equal(2_000)
  })

  it('needs one write for repetitions that come while it is busy', async () => {
    for (let count = 0; count < 20; count++) recorder.emit(service('a'), assigned)
    await recorder.flush()
    expect(server.calls.length).to.be.at.most(2)
    expect(written().map(({ count }) => count)).to.eql([20])
  })

  it('writes an event anew that the server has forgotten', async () => {
    recorder.emit(service('a'), assigned)
    await recorder.flush()
    server.objects.clear()
    recorder.emit(service('a'), assigned)
    await recorder.flush()
    expect(written().map(({ count }) => count)).to.eql([2])
  })

  it('combines many messages of one reason about one object', async () => {
    for (let count = 0; count < 15; count++) recorder.emit(service('a'), { ...assigned, message: `message ${count}` })
    await recorder.flush()
    expect(written()).to.have.length(11)
    expect(written().at(-1)).to.include({ message: '(combined from similar events): message 14', count: 5 })
  })

  it('remembers 4,096 objects, the last ones', async () => {
    const say = async (name: string) => {
      recorder.emit(service(name), assigned)
      await recorder.flush()
    }
    for (let count = 0; count < 4_096; count++) await say(`s${count}`)
    await say('s0')
    await say('another')
    await clock.advance(1)
    for (const name of ['s0', 's1']) await say(name)
    const countsOf = (name: string) =>
      written().flatMap((event) => (event.involvedObject.name === name ? event.count : []))
    expect(countsOf('s0')).to.eql([3])
    expect(countsOf('s1')).to.eql([1, 1])
  })

  it('lets one object cause 25 at once and one in five minutes after, and others theirs', async () => {
    for (let count = 0; count < 30; count++) recorder.emit(service('a'), assigned)
    expect(dropped).to.equal(5)
    recorder.emit(service('b'), assigned)
    expect(dropped).to.equal(5)
    await clock.advance(300_000)
    recorder.emit(service('a'), assigned)
    recorder.emit(service('a'), assigned)
    expect(dropped).to.equal(6)
    await recorder.flush()
  })

  it('tries a failed write again, and counts it as dropped in the end', async () => {
    server.before = () => {
      throw new Error('told to')
    }
    recorder.emit(service('a'), assigned)
    await clock.advance(60_000)
    await recorder.flush()
    expect(server.calls).to.have.length(5)
    expect(dropped).to.equal(1)
  })

  it('goes on after a failure', async () => {
    let failures = 1
    server.before = () => {
      if (failures-- > 0) throw new Error('told to')
    }
    recorder.emit(service('a'), assigned)
    recorder.emit(service('b'), assigned)
    await clock.advance(60_000)
    await recorder.flush()
    expect(written()).to.have.length(2)
    expect(dropped).to.equal(0)
  })

  it('gives up at once what the server refuses, and what it refuses holds up nothing else', async () => {
    server.before = (call) => {
      if (call.includes('events terminating/')) throw refusal(403, 'Forbidden')
    }
    for (const name of ['a', 'b', 'c']) recorder.emit(service(name, 'terminating'), assigned)
    recorder.emit(service('d'), assigned)
    await clock.advance(0)
    expect(written()).to.have.length(1)
    await clock.advance(60_000)
    expect(server.calls).to.have.length(4)
    expect(dropped).to.equal(3)
  })

  for (const status of [429, 500, 503]) {
    it(`comes back after ${status}`, async () => {
      let failures = 2
      server.before = () => {
        if (failures-- > 0) throw refusal(status)
      }
      recorder.emit(service('a'), assigned)
      await clock.advance(60_000)
      expect(written()).to.have.length(1)
      expect(dropped).to.equal(0)
    })
  }

  it('does not let an event that fails or hangs wait in the way of another', async () => {
    server.before = (call) => {
      if (call.includes('events web/hangs')) return new Promise(() => {})
      if (call.includes('events web/fails')) throw new Error('told to')
      return undefined
    }
    for (const name of ['hangs', 'fails', 'fine']) recorder.emit(service(name), assigned)
    await clock.advance(0)
    expect(written().map(({ involvedObject }) => involvedObject.name)).to.eql(['fine'])
  })

  it('counts as written what was created though the answer was lost', async () => {
    const losing = server.create.bind(server)
    server.create = async (resource, object) => {
      await losing(resource, object)
      throw new Error('connection lost')
    }
    recorder.emit(service('a'), assigned)
    await clock.advance(0)
    recorder.emit(service('a'), assigned)
    await clock.advance(60_000)
    expect(written().map(({ count }) => count)).to.eql([2])
    expect(dropped).to.equal(0)
  })

  it('takes no longer than half a second to stop, and writes nothing afterwards', async () => {
    server.before = (call) => {
      if (call.includes('events web/hangs')) return new Promise(() => {})
      throw new Error('told to')
    }
    for (const name of ['hangs', 'fails']) recorder.emit(service(name), assigned)
    let stopped = false
    void recorder.stop().then(() => {
      stopped = true
    })
    await clock.advance(499)
    expect(stopped).to.equal(false)
    await clock.advance(1)
    expect(stopped).to.equal(true)
    expect(clock.pending).to.equal(0)
  })

  it('stops as soon as everything is written', async () => {
    recorder.emit(service('a'), assigned)
    await recorder.stop()
    expect(written()).to.have.length(1)
    expect(clock.pending).to.equal(0)
  })

  it('writes little while something more important is under way, and the rest after it', async () => {
    let isBusy = true
    recorder = createEventRecorder({ ...options(), isBusy: () => isBusy })
    for (let count = 0; count < 100; count++) recorder.emit(service(`s${count}`), assigned)
    await clock.advance(1_000)
    expect(written()).to.have.length(20)
    isBusy = false
    await clock.advance(100)
    expect(written()).to.have.length(100)
  })

  it('makes no warning wait for good news', async () => {
    server.before = () => new Promise((resolve) => void clock.setTimeout(resolve, 10))
    for (let count = 0; count < 100; count++) recorder.emit(service(`s${count}`), assigned)
    recorder.emit(service('a'), { type: 'Warning', reason: 'AllocationFailed', message: 'no free address' })
    await clock.advance(10)
    expect(written().map(({ type }) => type)).to.include('Warning')
    await clock.advance(1_000)
  })

  it('says in the log only for those who look closely what could not be said in a namespace that goes', async () => {
    const lines: string[] = []
    const log = { ...silentLog, warn: (_: object, text: string) => lines.push(text), child: () => log }
    recorder = createEventRecorder({ ...options(), log })
    server.before = (call) => {
      if (!call.includes(' terminating/')) throw refusal(403, 'Forbidden')
      throw new ApiError('namespace is being terminated', { status: 403, reason: 'Forbidden', code: 'refused' })
    }
    recorder.emit(service('a', 'terminating'), assigned)
    await recorder.flush()
    expect(lines).to.deep.equal([])
    recorder.emit(service('b'), assigned)
    await recorder.flush()
    expect(lines).to.have.length(1)
    expect(dropped).to.equal(2)
  })

  it('holds at most 1,000 while the server hangs, drops the rest, and never waits itself', async () => {
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    server.before = () => held
    for (let count = 0; count < 1_200; count++) recorder.emit(service(`s${count}`), assigned)
    expect(dropped).to.equal(200)
    release()
    await recorder.flush()
    expect(written()).to.have.length(1_000)
  })
})
