import type { V1Service } from '@kubernetes/client-node'
import { expect } from 'chai'
import { ObjectStore } from '../kube/store.ts'
import { OwnWrites } from './own-writes.ts'

const version = (resourceVersion: string): V1Service => ({
  metadata: { namespace: 'default', name: 'web', resourceVersion },
})

describe('own writes', () => {
  let store: ObjectStore<V1Service>
  let ownWrites: OwnWrites
  let news: number
  const latest = () => ownWrites.latest('default/web')?.metadata?.resourceVersion
  /** Writes version `to`; meanwhile the watch brings something, or the write fails. */
  const write = (from: string, to: string, meanwhile = () => {}) =>
    ownWrites.send(version(from), async () => {
      meanwhile()
      return version(to)
    })

  beforeEach(() => {
    store = new ObjectStore()
    news = 0
    ownWrites = new OwnWrites(store, () => {
      news += 1
    })
    store.subscribe((change) => ownWrites.changed(change))
    store.apply(version('1'))
    news = 0
  })

  it('count until the watch brings them, which is no news', async () => {
    await write('1', '2')
    expect(latest()).to.equal('2')
    store.apply(version('2'))
    expect(latest()).to.equal('2')
    expect(news).to.equal(0)
  })

  it('are no news either when the watch is faster than the answer', async () => {
    await write('1', '2', () => store.apply(version('2')))
    expect(latest()).to.equal('2')
    expect(news).to.equal(0)
    store.apply(version('3'))
    expect(news).to.equal(1)
  })

  it('yield to whatever is newer', async () => {
    await write('1', '2')
    store.apply(version('3'))
    expect(latest()).to.equal('3')
    expect(news).to.equal(1)
  })

  it('do not count when something newer was faster than the answer, which is news', async () => {
    await write('1', '2', () => {
      store.apply(version('2'))
      store.apply(version('3'))
    })
    expect(latest()).to.equal('3')
    expect(news).to.equal(1)
  })

  it('tell what came while they failed', async () => {
    const refuse = () => {
      store.apply(version('2'))
      throw new Error('conflict')
    }
    const error = await write('1', '-', refuse).catch((caught: Error) => caught)
    expect(error).to.be.an('error')
    expect(latest()).to.equal('2')
    expect(news).to.equal(1)
  })

  it('that fail are no news by themselves', async () => {
    const refuse = () => {
      throw new Error('told to')
    }
    await write('1', '-', refuse).catch(() => {})
    expect(latest()).to.equal('1')
    expect(news).to.equal(0)
  })

  it('that fail leave it in doubt whether they were done, until the watch shows something else or one succeeds', async () => {
    const lose = () => {
      throw new Error('connection lost')
    }
    const isInDoubt = () => ownWrites.isInDoubt('default/web')
    expect(isInDoubt()).to.equal(false)
    await write('1', '-', lose).catch(() => {})
    expect(isInDoubt()).to.equal(true)
    store.apply(version('2'))
    expect(isInDoubt()).to.equal(false)
    await write('2', '-', lose).catch(() => {})
    await write('2', '2')
    expect(isInDoubt()).to.equal(false)
  })

  it('count for two in a row, whatever the watch brings of the first', async () => {
    await write('1', '2')
    await write('2', '3', () => store.apply(version('2')))
    expect(latest()).to.equal('3')
    store.apply(version('3'))
    expect(news).to.equal(0)
  })

  it('end with the Service', async () => {
    await write('1', '2')
    store.remove('default/web')
    expect(latest()).to.equal(undefined)
    expect(news).to.equal(1)
  })

  it('end also with a Service that goes while one is under way', async () => {
    await write('1', '2', () => store.remove('default/web'))
    expect(latest()).to.equal(undefined)
    expect(news).to.equal(1)
  })
})
