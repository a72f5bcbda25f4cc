import { expect } from 'chai'
import { startReflectors, stopReflectors, storesOf } from './reflector-set.ts'
import { ObjectStore } from './store.ts'

class HalfReflector {
  readonly store = new ObjectStore()
  readonly calls: string[] = []
  readonly #sync = Promise.withResolvers<void>()
  start = () => void this.calls.push('start')
  synced = () => this.#sync.promise
  stop = async () => void this.calls.push('stop')
  sync = this.#sync.resolve
  fail = this.#sync.reject
}

describe('a set of reflectors', () => {
  const pods = new HalfReflector()
  const nodes = new HalfReflector()

  it('is started when each has seen everything once', async () => {
    let isStarted = false
    const started = startReflectors({ pods, nodes }).then(() => {
      isStarted = true
    })
    expect([pods.calls, nodes.calls]).to.deep.equal([['start'], ['start']])
    pods.sync()
    await new Promise(setImmediate)
    expect(isStarted).to.equal(false)
    nodes.sync()
    await started
  })

  it('is stopped by a signal that comes before that, and says why', async () => {
    const services = new HalfReflector()
    services.stop = async () => void services.fail(new Error('stopped before synced'))
    const stop = new AbortController()
    const started = startReflectors({ services }, stop.signal).catch((error: Error) => error.name)
    stop.abort()
    expect(await started).to.equal('AbortError')
    const late = startReflectors({ pods }, stop.signal).catch((error: Error) => error.name)
    expect(await late).to.equal('AbortError')
  })

  it('has a store under each name', () => {
    expect(storesOf({ pods, nodes })).to.deep.equal({ pods: pods.store, nodes: nodes.store })
    expect(storesOf({ pods, nodes }).nodes).to.equal(nodes.store)
  })

  it('stops them all', async () => {
    await stopReflectors({ pods, nodes })
    expect([pods.calls.at(-1), nodes.calls.at(-1)]).to.deep.equal(['stop', 'stop'])
  })
})
