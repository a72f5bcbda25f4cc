import type { V1Node, V1Pod } from '@kubernetes/client-node'
import { expect } from 'chai'
import { ObjectStore } from '../kube/store.ts'
import { aliveFromApi, aliveNodes } from './alive.ts'

const node = (name: string, ready = 'True'): V1Node => ({
  metadata: { name },
  status: { conditions: [{ type: 'Ready', status: ready }] },
})

const pod = (nodeName: string, ready = 'True', metadata: V1Pod['metadata'] = {}): V1Pod => ({
  metadata: { namespace: 'metallb-system', name: `speaker-${nodeName}`, ...metadata },
  spec: { nodeName, containers: [] },
  status: { conditions: [{ type: 'Ready', status: ready }] },
})

const terminating = { deletionTimestamp: new Date(0) }

const rows: { sentence: string; nodes: V1Node[]; pods: V1Pod[]; alive: string[] }[] = [
  { sentence: 'takes a ready node with a ready speaker', nodes: [node('n1')], pods: [pod('n1')], alive: ['n1'] },
  { sentence: 'leaves out a node without a speaker', nodes: [node('n1')], pods: [pod('n2')], alive: [] },
  { sentence: 'leaves out a node that is not ready', nodes: [node('n1', 'Unknown')], pods: [pod('n1')], alive: [] },
  { sentence: 'leaves out a speaker that is not ready', nodes: [node('n1')], pods: [pod('n1', 'False')], alive: [] },
  {
    sentence: 'leaves out a speaker that terminates',
    nodes: [node('n1')],
    pods: [pod('n1', 'True', terminating)],
    alive: [],
  },
  {
    sentence: 'takes the successor of a speaker that terminates',
    nodes: [node('n1')],
    pods: [pod('n1', 'True', { ...terminating, name: 'old' }), pod('n1')],
    alive: ['n1'],
  },
]

describe('aliveNodes', () => {
  for (const { sentence, nodes, pods, alive } of rows) {
    it(sentence, () => {
      expect([...aliveNodes(nodes, pods)]).to.deep.equal(alive)
    })
  }
})

describe('aliveFromApi', () => {
  it('tells of each change, and of nothing else', () => {
    const nodes = new ObjectStore<V1Node>()
    const pods = new ObjectStore<V1Pod>()
    const alive = aliveFromApi(nodes, pods)
    const seen: string[][] = []
    alive.subscribe(() => seen.push([...alive.nodes]))
    nodes.apply(node('n1'))
    pods.apply(pod('n1'))
    nodes.apply(node('n1'))
    pods.apply(pod('n1', 'False'))
    expect(seen).to.deep.equal([['n1'], []])
  })

  it('tells when one node takes the place of another', () => {
    const nodes = new ObjectStore<V1Node>()
    const pods = new ObjectStore<V1Pod>()
    for (const name of ['n1', 'n2']) nodes.apply(node(name))
    pods.apply(pod('n1', 'True', { name: 'a' }))
    const alive = aliveFromApi(nodes, pods)
    pods.apply(pod('n2', 'True', { name: 'a' }))
    expect([...alive.nodes]).to.deep.equal(['n2'])
  })
})
