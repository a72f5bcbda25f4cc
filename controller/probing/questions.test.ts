import { expect } from 'chai'
import { addressProbes } from '../../crds/generated/resources.ts'
import type { AddressProbe } from '../../crds/generated/types.ts'
import type { Reflector } from '../../kube/reflector.ts'
import { reflect } from '../../kube/reflector.ts'
import { silentLog } from '../../kube/testing/silent-log.ts'
import { VirtualClock } from '../../kube/testing/virtual-clock.ts'
import { parseAddress } from '../../net/address.ts'
import { FakeCluster } from '../testing/fake-cluster.ts'
import { Questions } from './questions.ts'

const namespace = 'metallb-system'

describe('a question to a speaker', () => {
  let clock: VirtualClock
  let cluster: FakeCluster
  let probes: Reflector<AddressProbe>
  let questions: Questions

  async function open(): Promise<void> {
    probes = reflect(cluster.client, addressProbes, { namespace, log: silentLog, clock })
    await probes.start()
    questions = new Questions({ client: cluster.client, namespace, store: probes.store, log: silentLog, clock })
  }
  beforeEach(() => {
    clock = new VirtualClock()
    cluster = new FakeCluster()
  })
  afterEach(async () => {
    await questions.stop()
    await probes.stop()
  })

  const ask = (signal = new AbortController().signal) => questions.ask(parseAddress('192.0.2.1'), 'n1', signal)
  const present = () => cluster.all<AddressProbe>('addressprobes')

  it('is an object with the label of the node, which goes when the speaker has answered', async () => {
    await open()
    const timers = clock.pending
    const answer = ask()
    await clock.advance(10)
    const [object] = present()
    expect(object?.spec).to.deep.equal({ address: '192.0.2.1', node: 'n1' })
    expect(object?.metadata?.labels).to.include({ 'metallb.io/node': 'n1' })
    cluster.change('addressprobes', `${namespace}/${object!.metadata!.name}`, { status: { result: 'Unanswered' } })
    await clock.advance(10)
    expect(await answer).to.deep.equal({ result: 'Unanswered' })
    await clock.advance(10)
    expect(present()).to.deep.equal([])
    expect(clock.pending).to.equal(timers)
  })

  it('ends without an answer after 2 s, at once when it is called off, and leaves nothing', async () => {
    await open()
    let answer = ask()
    await clock.advance(1_990)
    expect(present()).to.have.length(1)
    await clock.advance(20)
    expect(await answer).to.equal(undefined)

    const calling = new AbortController()
    answer = ask(calling.signal)
    await clock.advance(10)
    calling.abort()
    expect(await answer).to.equal(undefined)
    await clock.advance(10)
    expect(present()).to.deep.equal([])
  })

  it('of a former leader is removed at the start; one that a person made stays', async () => {
    const put = (name: string, labels: object) =>
      cluster.put('addressprobes', {
        metadata: { name, namespace, labels },
        spec: { address: '192.0.2.1', node: 'n1' },
      })
    put('probe-1', { 'metallb.io/component-type': 'controller', 'metallb.io/node': 'n1' })
    put('by-hand', { 'metallb.io/node': 'n1' })
    await open()
    await clock.advance(10)
    expect(present().map(({ metadata }) => metadata?.name)).to.deep.equal(['by-hand'])
  })
})
