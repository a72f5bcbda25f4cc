import type { V1Node, V1Pod } from '@kubernetes/client-node'
import { expect } from 'chai'
import type { SpeakerStatus } from '../../crds/generated/types.ts'
import { ObjectStore } from '../../kube/store.ts'
import { settle, VirtualClock } from '../../kube/testing/virtual-clock.ts'
import { Directory } from './directory.ts'

const namespace = 'metallb-system'

describe('the nodes and their speakers', () => {
  let clock: VirtualClock
  let nodes: ObjectStore<V1Node>
  let statuses: ObjectStore<SpeakerStatus>
  let pods: ObjectStore<V1Pod>
  let directory: Directory
  let changes: number
  let version = 0

  const metadata = (name: string, more: object = {}) => ({ name, resourceVersion: `${++version}`, ...more })
  const putNode = (name: string, ready = 'True') =>
    nodes.apply({ metadata: metadata(name), status: { conditions: [{ type: 'Ready', status: ready }] } })
  const tell = (node: string, status: SpeakerStatus['status'], pod?: string) => {
    const ownerReferences = pod === undefined ? [] : [{ apiVersion: 'v1', kind: 'Pod', name: pod, uid: 'uid' }]
    statuses.apply({ metadata: metadata(node, { namespace, ownerReferences }), status: status! })
  }
  const putPod = (name: string, nodeName: string, ready: string, more: object = {}) =>
    pods.apply({
      ...{ metadata: metadata(name, { namespace, ...more }), spec: { nodeName, containers: [] } },
      status: { conditions: [{ type: 'Ready', status: ready }] },
    })
  const standing = (node = 'n1') => directory.current.standings.get(node)
  const view = (node = 'n1') => directory.current.speakers.get(node)

  beforeEach(() => {
    clock = new VirtualClock()
    nodes = new ObjectStore()
    statuses = new ObjectStore()
    pods = new ObjectStore()
    changes = 0
    putNode('n1')
    putNode('n2')
    tell('n1', { phase: 'Serving', interfaces: ['eth0'], configGeneration: '0000000a' })
    directory = new Directory({
      ...{ namespace, nodes, statuses, pods, ignoreExcludeLabel: false, clock, generation: undefined },
      onChange: () => changes++,
    })
  })
  afterEach(() => directory.stop())

  const phases = [
    ['Serving', 'serving', false],
    ['Returning', 'reserve', false],
    ['Unfit', undefined, true],
    ['Starting', 'kept', false],
    ['Leaving', 'kept', false],
    [undefined, 'serving', false],
  ] as const
  for (const [phase, expected, isUnfit] of phases) {
    it(`count by what they say: ${phase} makes a node that served ${expected ?? 'no candidate'}`, () => {
      tell('n1', phase === undefined ? {} : { phase })
      expect([standing(), view()?.isUnfit]).to.deep.equal([expected, isUnfit])
    })
  }

  it('do not count while nothing is known of a speaker', () => {
    expect([standing('n2'), view('n2')]).to.deep.equal([undefined, undefined])
    tell('n2', { phase: 'Starting' })
    expect(standing('n2')).to.equal(undefined)
  })

  it('keep what a speaker said while it is away, for half a minute', async () => {
    statuses.remove(`${namespace}/n1`)
    expect([standing(), view()?.interfaces]).to.deep.equal(['kept', new Set(['eth0'])])
    await clock.advance(29_999)
    expect(standing()).to.equal('kept')
    const before = changes
    await clock.advance(1)
    await settle()
    expect([standing(), changes - before]).to.deep.equal([undefined, 1])
  })

  it('count half a minute from when it went, whatever else it says meanwhile', async () => {
    tell('n1', { phase: 'Leaving' })
    await clock.advance(20_000)
    tell('n1', { phase: 'Starting' })
    await clock.advance(10_000)
    expect(standing()).to.equal(undefined)
  })

  it('leave nothing behind where a node could not carry traffic', () => {
    tell('n1', { phase: 'Unfit' })
    statuses.remove(`${namespace}/n1`)
    expect(standing()).to.equal(undefined)
  })

  it('count no speaker on a node that is not ready, or that is gone', () => {
    putNode('n1', 'Unknown')
    expect(standing()).to.equal('kept')
    nodes.remove('n1')
    expect([standing(), view(), directory.current.nodes.has('n1')]).to.deep.equal([undefined, undefined, false])
  })

  it('believe a status only while the pod that owns it is ready', () => {
    tell('n2', { phase: 'Serving' }, 'speaker-x')
    expect(standing('n2')).to.equal(undefined)
    putPod('speaker-x', 'n2', 'True')
    expect(standing('n2')).to.equal('serving')
    putPod('speaker-x', 'n2', 'True', { deletionTimestamp: '2026-01-01T00:00:00Z' })
    expect(standing('n2')).to.equal('kept')
  })

  it('know a node that cannot carry traffic also by a pod that is not ready for that reason, as without a member list', () => {
    putPod('speaker-x', 'n2', 'False')
    tell('n2', { phase: 'Unfit' }, 'speaker-x')
    expect([standing('n2'), view('n2')?.isUnfit]).to.deep.equal([undefined, true])
    putNode('n2', 'False')
    expect([standing('n2'), view('n2')?.isUnfit]).to.deep.equal([undefined, false])
  })

  it('take a speaker for behind after ten seconds with another configuration', async () => {
    directory.setGeneration('0000000b')
    expect(view()?.isStale).to.equal(false)
    await settle()
    await clock.advance(10_000)
    expect(view()?.isStale).to.equal(true)
    tell('n1', { phase: 'Serving', configGeneration: '0000000b' })
    expect(view()?.isStale).to.equal(false)
  })

  it('tell of nothing that does not bear on who announces, and once of what comes together', async () => {
    tell('n1', {
      phase: 'Serving',
      interfaces: ['eth0'],
      configGeneration: '0000000a',
      addresses: { ipv4: 7, ipv6: 0, standingIn: 0 },
    })
    putNode('n2')
    await settle()
    expect(changes).to.equal(0)
    putNode('n2', 'False')
    tell('n1', { phase: 'Serving', interfaces: [] })
    await settle()
    expect(changes).to.equal(1)
  })
})
