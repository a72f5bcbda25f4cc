import { isDeepStrictEqual } from 'node:util'
import { expect } from 'chai'
import { type AppliedObject, keepApplied } from './applied-object.ts'
import type { KubeClient } from './client.ts'
import { systemClock } from './clock.ts'
import type { KubeObject } from './object.ts'
import { defineResource } from './resource.ts'
import { ObjectStore } from './store.ts'
import { silentLog } from './testing/silent-log.ts'
import { VirtualClock } from './testing/virtual-clock.ts'

interface Widget extends KubeObject {
  status?: { size: number }
}

const widgets = defineResource<Widget>({
  ...{ group: 'example.org', version: 'v1', plural: 'widgets', kind: 'Widget', namespaced: true },
})
const widget = (size: number, name = 'w'): Widget => ({ metadata: { namespace: 'ns', name }, status: { size } })

describe('an applied object', () => {
  let store: ObjectStore<Widget>
  let writes: string[]
  let object: AppliedObject<Widget>
  /** Enough turns for a pass with two writes. */
  const settled = async () => {
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
  }
  const client = {
    async apply(_resource, given, { subresource = 'object', fieldManager }) {
      writes.push(`${fieldManager} ${subresource} ${JSON.stringify(given)}`)
      return given
    },
  } satisfies Pick<KubeClient, 'apply'> as Pick<KubeClient, 'apply'>

  beforeEach(() => {
    store = new ObjectStore()
    writes = []
    object = keepApplied<Widget>({
      ...{ client, store, resource: widgets, key: 'ns/w', fieldManager: 'me', log: silentLog, clock: systemClock },
      isSame: (a, b) => isDeepStrictEqual(a.status, b.status),
    })
  })
  afterEach(() => object.stop())

  it('is written, then its status', async () => {
    object.want(() => widget(1))
    await settled()
    expect(writes).to.deep.equal([
      'me object {"metadata":{"namespace":"ns","name":"w"}}',
      'me status {"metadata":{"namespace":"ns","name":"w"},"status":{"size":1}}',
    ])
  })

  it('is not written as long as nothing is wanted', async () => {
    store.apply(widget(1))
    await settled()
    expect(writes).to.deep.equal([])
  })

  it('is not written when it is there already', async () => {
    store.apply(widget(1))
    object.want(async () => widget(1))
    await settled()
    expect(writes).to.deep.equal([])
  })

  it('is written again when somebody edits or removes it', async () => {
    store.apply(widget(1))
    object.want(() => widget(1))
    await settled()
    store.apply(widget(2))
    await settled()
    expect(writes).to.deep.equal(['me status {"metadata":{"namespace":"ns","name":"w"},"status":{"size":1}}'])
    store.remove('ns/w')
    await settled()
    expect(writes).to.have.length(3)
  })

  it('is written as a whole where a label or the owner is not what it ought to be', async () => {
    const owned = { ...widget(1), metadata: { name: 'w', namespace: 'ns', labels: { a: 'b' } } }
    store.apply({ ...widget(2), metadata: { ...owned.metadata, labels: { a: 'b', others: 'too' } } })
    object.want(() => owned)
    await settled()
    expect(writes).to.have.length(1)
    store.apply(widget(3))
    await settled()
    expect(writes).to.have.length(3)
    const owner = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' }
    object.want(() => ({ ...widget(4), metadata: { ...widget(4).metadata, ownerReferences: [owner] } }))
    await settled()
    expect(writes.slice(3).map((write) => write.split(' ')[1])).to.deep.equal(['object', 'status'])
  })

  describe('that is to be written at most once a second', () => {
    let clock: VirtualClock
    let slow: AppliedObject<Widget>
    let attempts: number[]
    let onAttempt: () => void
    const sizeNow = () => store.get('ns/w')?.status?.size

    beforeEach(() => {
      clock = new VirtualClock()
      attempts = []
      onAttempt = () => undefined
      store.apply(widget(0))
      slow = keepApplied<Widget>({
        ...{ store, resource: widgets, key: 'ns/w', fieldManager: 'me', log: silentLog, clock, leastMillis: 1000 },
        client: {
          async apply(_resource, given) {
            attempts.push(clock.now())
            onAttempt()
            store.apply(given as Widget)
            return given
          },
        },
        isSame: (a, b) => isDeepStrictEqual(a.status, b.status),
      })
    })
    afterEach(() => slow.stop())

    it('is written at once, and the newest of what follows a second later', async () => {
      for (let size = 1; size <= 30; size++) {
        slow.want(() => widget(size))
        await clock.advance(100)
      }
      await clock.advance(5_000)
      expect(attempts).to.deep.equal([0, 1000, 2000, 3000])
      expect(sizeNow()).to.equal(30)
    })

    it('is not written where the newest is what is there again', async () => {
      slow.want(() => widget(1))
      await clock.advance(100)
      slow.want(() => widget(2))
      await clock.advance(100)
      slow.want(() => widget(1))
      await clock.advance(5_000)
      expect(attempts).to.deep.equal([0])
    })

    it('does not quarrel faster with somebody who edits it', async () => {
      slow.want(() => widget(1))
      await clock.advance(100)
      for (let round = 0; round < 30; round++) {
        store.apply(widget(99))
        await clock.advance(100)
      }
      await clock.advance(5_000)
      expect(attempts).to.deep.equal([0, 1000, 2000, 3000, 4000])
      expect(sizeNow()).to.equal(1)
    })

    it('is tried more and more seldom while the server refuses', async () => {
      onAttempt = () => {
        throw new Error('refused')
      }
      slow.want(() => widget(1))
      await clock.advance(60_000)
      const gaps = attempts.slice(1).map((at, i) => at - attempts[i]!)
      expect(attempts).to.have.length.within(5, 7)
      expect(Math.min(...gaps)).to.be.at.least(1000)
    })
  })

  it('hands the end of its time on to every call', async () => {
    const signals: (AbortSignal | undefined)[] = []
    object = keepApplied<Widget>({
      ...{ store, resource: widgets, key: 'ns/w', fieldManager: 'me', log: silentLog, clock: systemClock },
      client: {
        async apply(_resource, given, { signal }) {
          signals.push(signal)
          return given
        },
      },
      isSame: () => false,
    })
    object.want((signal) => {
      signals.push(signal)
      return widget(1)
    })
    await settled()
    expect(signals.map((signal) => signal?.aborted)).to.deep.equal([false, false, false])
    await object.stop()
    expect(signals.map((signal) => signal?.aborted)).to.deep.equal([true, true, true])
  })

  it('has nothing to do with other objects', async () => {
    let looks = 0
    store.apply(widget(1))
    object.want(() => {
      looks++
      return widget(1)
    })
    await settled()
    store.apply(widget(2, 'other'))
    await settled()
    expect(looks).to.equal(1)
  })
})
