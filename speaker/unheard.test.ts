import type { V1Pod } from '@kubernetes/client-node'
import { expect } from 'chai'
import { Unheard } from './unheard.ts'

const pod = (nodeName: string, ip: string, ready = 'True', metadata: V1Pod['metadata'] = {}): V1Pod => ({
  metadata,
  spec: { nodeName, containers: [] },
  status: { conditions: [{ type: 'Ready', status: ready }], podIPs: [{ ip }] },
})

describe('speakers that were never heard', () => {
  const nobody = () => false

  it('are those that have been ready for five seconds, at the addresses of their pods', () => {
    const unheard = new Unheard('n1')
    const pods = [pod('n1', '192.0.2.1'), pod('n2', '192.0.2.2'), pod('n3', '192.0.2.3', 'False')]
    expect([...unheard.among(pods, nobody, 0)]).to.deep.equal([])
    expect(unheard.dueMillis(0)).to.equal(5000)
    expect([...unheard.among(pods, nobody, 5000)]).to.deep.equal([['192.0.2.2', 'n2']])
    expect(unheard.dueMillis(5000)).to.equal(Infinity)
  })

  it('are none of those that were heard, or whose pods are not ready any more', () => {
    const unheard = new Unheard('n1')
    const pods = [pod('n2', '192.0.2.2'), pod('n3', '192.0.2.3')]
    unheard.among(pods, nobody, 0)
    expect([...unheard.among(pods, (node) => node === 'n2', 6000)]).to.deep.equal([['192.0.2.3', 'n3']])
    const ending = [pod('n3', '192.0.2.3', 'True', { deletionTimestamp: new Date(0) })]
    expect([...unheard.among(ending, nobody, 6000)]).to.deep.equal([])
  })

  it('are all at once for who hears nobody, and stay so when he hears one of them', () => {
    const unheard = new Unheard('n1')
    const pods = [pod('n2', '192.0.2.2'), pod('n3', '192.0.2.3')]
    unheard.among(pods, nobody, 0)
    expect([...unheard.among(pods, nobody, 1000, true)].map(([, node]) => node)).to.deep.equal(['n2', 'n3'])
    expect([...unheard.among(pods, (node) => node === 'n2', 1100)]).to.deep.equal([['192.0.2.3', 'n3']])
  })

  it('have their time again after each start', () => {
    const unheard = new Unheard('n1')
    unheard.among([pod('n2', '192.0.2.2')], nobody, 0)
    unheard.among([pod('n2', '192.0.2.2', 'False')], nobody, 4000)
    expect([...unheard.among([pod('n2', '192.0.2.2')], nobody, 6000)]).to.deep.equal([])
    expect(unheard.dueMillis(6000)).to.equal(11_000)
  })
})
