import type { V1Service } from '@kubernetes/client-node'
import { expect } from 'chai'
import type { AnnouncedCondition } from '../../announcement/announced.ts'
import { systemClock } from '../../kube/clock.ts'
import { ObjectStore } from '../../kube/store.ts'
import { OwnWrites } from '../own-writes.ts'
import { FakeCluster } from '../testing/fake-cluster.ts'
import { AnnouncedWriter } from './announced-writer.ts'

const unreachable: AnnouncedCondition = { status: 'False', reason: 'NoSpeaker', message: 'every node' }
const announced: AnnouncedCondition = { status: 'True', reason: 'Announced', message: 'a node announces it' }

describe('the writer of Announced', () => {
  let cluster: FakeCluster
  let writer: AnnouncedWriter
  let wanted: AnnouncedCondition | undefined
  let isReleased: boolean
  let log: string[]

  const write = () => writer.write('default/web', new AbortController().signal)

  beforeEach(() => {
    cluster = new FakeCluster()
    wanted = unreachable
    isReleased = true
    log = []
    const store = new ObjectStore<V1Service>()
    const status = { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } }
    cluster.put('services', { metadata: { namespace: 'default', name: 'web' }, spec: { type: 'LoadBalancer' }, status })
    store.apply(cluster.get<V1Service>('services', 'default/web')!)
    writer = new AnnouncedWriter({
      ...{ client: cluster.client, ownWrites: new OwnWrites(store, () => {}), clock: systemClock },
      announcements: { isReleased: () => isReleased, wanted: () => wanted, done: () => log.push('done') },
      tell: (_, { reason }) => log.push(reason),
    })
  })

  it('does nothing before it is its turn', async () => {
    isReleased = false
    await write()
    expect([log, cluster.writes]).to.deep.equal([[], []])
  })

  it('has nothing to do for one that wants nothing any more', async () => {
    wanted = undefined
    await write()
    expect([log, cluster.writes]).to.deep.equal([['done'], []])
  })

  it('warns a Service that nobody announces, when that is written', async () => {
    await write()
    expect([log, cluster.writes]).to.deep.equal([['NotAnnounced', 'done'], ['PATCH services default/web']])
  })

  it('does not warn one that is announced', async () => {
    wanted = announced
    await write()
    expect([log, cluster.writes.length]).to.deep.equal([['done'], 1])
  })

  for (const status of [404, 409]) {
    it(`lets it be when the Service is another by now (${status})`, async () => {
      cluster.fault = () => status
      await write()
      expect(log).to.deep.equal(['done'])
    })
  }

  it('leaves it to the next attempt when the server is in trouble', async () => {
    cluster.fault = () => 500
    let failure: unknown
    await write().catch((error: unknown) => {
      failure = error
    })
    expect(failure).to.be.instanceOf(Error)
    expect(log).to.deep.equal([])
  })
})
