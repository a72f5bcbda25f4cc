import type { V1Service } from '@kubernetes/client-node'
import { expect } from 'chai'
import { poolAnnotation } from '../allocation/annotations.ts'
import { normal, type ServiceEvent } from '../allocation/service-event.ts'
import { systemClock } from '../kube/clock.ts'
import { ApiError } from '../kube/error.ts'
import { RightOfWay } from '../kube/right-of-way.ts'
import { ObjectStore } from '../kube/store.ts'
import { silentLog } from '../kube/testing/silent-log.ts'
import { parseAddress } from '../net/address.ts'
import { allocatedType } from './allocated-condition.ts'
import { OwnWrites } from './own-writes.ts'
import type { Outcome } from './pass-report.ts'
import { StatusWriter } from './status-writer.ts'
import { FakeCluster } from './testing/fake-cluster.ts'

const key = 'default/web'
const assigned: Outcome = {
  status: { addresses: [parseAddress('192.0.2.1')], pool: 'blue' },
  condition: { status: 'True', reason: 'Allocated', message: '192.0.2.1 from pool blue' },
  events: [normal('IPAllocated', 'assigned 192.0.2.1 from pool blue')],
}
/** The same, decided when the status says so already. */
const confirmed: Outcome = { ...assigned, events: [] }
const waiting: Outcome = {
  status: { addresses: [], pool: undefined },
  condition: { status: 'False', reason: 'PoolExhausted', message: 'blue is full' },
  events: [],
}

describe('StatusWriter', () => {
  let cluster: FakeCluster
  let store: ObjectStore<V1Service>
  let writer: StatusWriter
  let events: string[]
  let lines: string[]
  let loseAnswer: boolean

  const stored = () => cluster.get<V1Service>('services', key)!
  const watch = () => store.apply(stored())
  const tell = (outcome: Outcome) => {
    const log = { ...silentLog, info: (_: object, message: string) => lines.push(message) }
    return writer.tell(store.get(key)!, key, outcome, { log, signal: new AbortController().signal })
  }
  const fails = (outcome: Outcome) =>
    tell(outcome).then(
      () => expect.fail('it was written'),
      () => {},
    )

  beforeEach(() => {
    cluster = new FakeCluster()
    store = new ObjectStore<V1Service>()
    events = []
    lines = []
    loseAnswer = false
    const patch: typeof cluster.client.patch = async (...args) => {
      const after = await cluster.client.patch(...args)
      if (loseAnswer) throw new ApiError('patch: no answer', { status: 0, reason: '', code: 'timeout' })
      return after
    }
    const ownWrites = new OwnWrites(store, () => {})
    store.subscribe((change) => ownWrites.changed(change))
    writer = new StatusWriter({
      ...{ client: { ...cluster.client, patch }, ownWrites },
      events: { emit: (_, { reason }: ServiceEvent) => events.push(reason) },
      announced: () => undefined,
      ...{ reminders: { start: () => {} }, rightOfWay: new RightOfWay(systemClock), clock: systemClock },
    })
    cluster.put('services', { metadata: { namespace: 'default', name: 'web' }, spec: { type: 'LoadBalancer' } })
    watch()
  })

  it('tells of an assignment once, when it is written', async () => {
    expect(await tell(assigned)).to.equal(true)
    expect({ events, lines }).to.deep.equal({ events: ['IPAllocated'], lines: ['address assigned'] })
  })

  it('does not tell of an assignment that the server refuses, but that it does', async () => {
    cluster.fault = () => 403
    await fails(assigned)
    expect({ events, lines }).to.deep.equal({ events: ['StatusNotWritten'], lines: [] })
    cluster.fault = undefined
    await tell(assigned)
    expect({ events, lines }).to.deep.equal({
      events: ['StatusNotWritten', 'IPAllocated'],
      lines: ['address assigned'],
    })
  })

  it('tells at every attempt of an assignment that a server in trouble will take later, and logs the last', async () => {
    cluster.fault = () => 500
    await fails(assigned)
    cluster.fault = undefined
    await tell(assigned)
    expect({ events, lines }).to.deep.equal({ events: ['IPAllocated', 'IPAllocated'], lines: ['address assigned'] })
  })

  it('tells of an assignment whose answer was lost, and again when the watch shows that it was done', async () => {
    loseAnswer = true
    await fails(assigned)
    watch()
    await tell(confirmed)
    await tell(confirmed)
    expect({ events, lines }).to.deep.equal({ events: ['IPAllocated', 'IPAllocated'], lines: ['address assigned'] })
  })

  it('tells of one that was sent twice, since the answer was lost, and then refused as a conflict', async () => {
    cluster.change('services', key, {
      metadata: { annotations: { [poolAnnotation]: 'blue' } },
      status: {
        loadBalancer: { ingress: [{ ip: '192.0.2.1' }] },
        conditions: [{ type: allocatedType, ...assigned.condition }],
      },
    })
    expect(await tell(assigned)).to.equal(false)
    watch()
    await tell(confirmed)
    expect({ events, lines }).to.deep.equal({ events: ['IPAllocated'], lines: ['address assigned'] })
  })

  it('never tells of an assignment that was not done and is not wanted any more', async () => {
    await tell(waiting)
    watch()
    cluster.fault = () => 403
    await fails(assigned)
    cluster.fault = undefined
    await tell(waiting)
    await tell(waiting)
    expect(events).to.deep.equal(['AllocationFailed', 'StatusNotWritten'])
    expect(lines).to.deep.equal(['Service told how it stands'])
  })

  it('tells of nothing that an earlier Service of the name was sent', async () => {
    loseAnswer = true
    await fails(assigned)
    events = []
    writer.forget(key)
    loseAnswer = false
    watch()
    await tell(confirmed)
    expect(events).to.deep.equal([])
  })
})
