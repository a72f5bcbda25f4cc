import type { V1Node } from '@kubernetes/client-node'
import { expect } from 'chai'
import { nodeFacts, sameNodeFacts } from './node.ts'

describe('nodeFacts', () => {
  it('reads conditions that are True only', () => {
    const node: V1Node = {
      status: {
        conditions: [
          { type: 'Ready', status: 'Unknown' },
          { type: 'NetworkUnavailable', status: 'True' },
        ],
      },
    }
    expect(nodeFacts(node)).to.deep.equal({ ready: false, networkUnavailable: true, excluded: false })
  })

  it('takes the exclude label as set whatever its value', () => {
    const node = { metadata: { labels: { 'node.kubernetes.io/exclude-from-external-load-balancers': 'false' } } }
    expect(nodeFacts(node).excluded).to.equal(true)
  })

  it('says nothing bad of a node without labels and conditions', () => {
    expect(nodeFacts({})).to.deep.equal({ ready: false, networkUnavailable: false, excluded: false })
  })

  it('tells a node that is unknown from one without any mark', () => {
    const facts = nodeFacts({})
    expect(sameNodeFacts(facts, { ...facts })).to.equal(true)
    expect(sameNodeFacts(facts, undefined)).to.equal(false)
  })
})
