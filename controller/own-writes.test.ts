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
  let news: boolean[]
  const latest = () => ownWrites.latest('default/web')?.metadata?.resourceVersion

  beforeEach(() => {
    store = new ObjectStore()
    ownWrites = new OwnWrites(store)
    news = []
    store.subscribe((change) => news.push(ownWrites.isNews(change)))
    store.apply(version('1'))
  })

  it('count until the watch brings them, which is no news', () => {
    ownWrites.record(version('1'), version('2'))
    expect(latest()).to.equal('2')
    store.apply(version('2'))
    expect(latest()).to.equal('2')
    expect(news).to.deep.equal([true, false])
  })

  it('yield to whatever is newer', () => {
    ownWrites.record(version('1'), version('2'))
    store.apply(version('3'))
    expect(latest()).to.equal('3')
    expect(news).to.deep.equal([true, true])
  })

  it('do not count when the watch was faster than the answer', () => {
    store.apply(version('3'))
    ownWrites.record(version('1'), version('2'))
    expect(latest()).to.equal('3')
  })

  it('count for two in a row, whatever the watch brings of the first', () => {
    ownWrites.record(version('1'), version('2'))
    ownWrites.record(version('2'), version('3'))
    store.apply(version('2'))
    expect(latest()).to.equal('3')
    store.apply(version('3'))
    expect(news).to.deep.equal([true, false, false])
  })

  it('end with the Service', () => {
    ownWrites.record(version('1'), version('2'))
    store.remove('default/web')
    expect(latest()).to.equal(undefined)
    expect(news).to.deep.equal([true, true])
  })
})
