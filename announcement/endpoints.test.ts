import type { V1Endpoint } from '@kubernetes/client-node'
import { expect } from 'chai'
import { usableEndpoints } from './endpoints.ts'

const rows: { sentence: string; endpoint: Omit<V1Endpoint, 'addresses'>; usable: boolean }[] = [
  { sentence: 'takes a ready endpoint', endpoint: { conditions: { ready: true } }, usable: true },
  { sentence: 'takes one that says nothing about readiness', endpoint: {}, usable: true },
  { sentence: 'leaves out one that is not ready', endpoint: { conditions: { ready: false } }, usable: false },
  {
    sentence: 'takes one that terminates but still serves',
    endpoint: { conditions: { ready: false, serving: true, terminating: true } },
    usable: true,
  },
  {
    sentence: 'takes a ready one that claims not to serve',
    endpoint: { conditions: { ready: true, serving: false } },
    usable: true,
  },
]

describe('usableEndpoints', () => {
  for (const { sentence, endpoint, usable } of rows) {
    it(sentence, () => {
      const slice = { addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'], nodeName: 'n1', ...endpoint }] }
      expect(usableEndpoints([slice])).to.deep.equal({ any: usable, nodes: new Set(usable ? ['n1'] : []) })
    })
  }

  it('unites the slices of a Service', () => {
    const slices = ['n1', 'n2', 'n1'].map((nodeName) => ({
      addressType: 'IPv4',
      endpoints: [{ addresses: [], nodeName }],
    }))
    expect(usableEndpoints(slices).nodes).to.deep.equal(new Set(['n1', 'n2']))
  })

  it('counts an endpoint without a node', () => {
    expect(usableEndpoints([{ addressType: 'IPv4', endpoints: [{ addresses: [] }] }])).to.deep.equal({
      any: true,
      nodes: new Set(),
    })
  })

  it('finds nothing in a slice without endpoints', () => {
    expect(usableEndpoints([{ addressType: 'IPv4' } as never]).any).to.equal(false)
  })
})
