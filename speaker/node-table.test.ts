import type { V1Node } from '@kubernetes/client-node'
import { expect } from 'chai'
import { ObjectStore } from '../kube/store.ts'
import { followNodes } from './node-table.ts'

const node = (name: string, labels: Record<string, string> = {}, status = 'False'): V1Node => ({
  metadata: { name, labels },
  status: { conditions: [{ type: 'NetworkUnavailable', status }] },
})

describe('followNodes', () => {
  it('tells of what bears on elections, and of nothing else', () => {
    const store = new ObjectStore<V1Node>()
    store.apply(node('n1'))
    let changes = 0
    const table = followNodes(store, () => {
      changes++
    })
    expect([...table.keys()]).to.deep.equal(['n1'])
    store.apply(node('n1', { zone: 'x' }))
    expect(changes).to.equal(0)
    store.apply(node('n1', {}, 'True'))
    expect(changes).to.equal(1)
    expect(table.get('n1')?.networkUnavailable).to.equal(true)
    store.apply(node('n2'))
    store.remove('n1')
    expect(changes).to.equal(3)
    expect([...table.keys()]).to.deep.equal(['n2'])
  })
})
