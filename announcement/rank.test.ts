import { expect } from 'chai'
import fc from 'fast-check'
import { addressDigest, Digests } from './digests.ts'
import { rankCandidates } from './rank.ts'

describe('rankCandidates', () => {
  const digests = new Digests()
  const nodes = ['alpha', 'bravo', 'charlie', 'delta', 'echo']

  it('hashes the node name and the address as MetalLB does', () => {
    expect(addressDigest('alpha', '192.0.2.10')).to.equal(
      'c221c28692a18d73789e43e5183b1f7f66733ccf2a9dba0b0cccbf1445f17ba5',
    )
  })

  it('puts the smallest hash first', () => {
    expect(rankCandidates(nodes, '192.0.2.10', digests)).to.deep.equal(['charlie', 'bravo', 'delta', 'alpha', 'echo'])
  })

  it('orders the same nodes otherwise for another address', () => {
    expect(rankCandidates(nodes, '192.0.2.11', digests)).to.deep.equal(['echo', 'charlie', 'bravo', 'alpha', 'delta'])
  })

  it('prefers a higher score whatever the hash', () => {
    const scores: Record<string, number> = { echo: 50, alpha: 100 }
    const order = rankCandidates(nodes, '192.0.2.10', digests, (node) => scores[node] ?? 0)
    expect(order).to.deep.equal(['alpha', 'echo', 'charlie', 'bravo', 'delta'])
  })

  it('does not depend on the order in which candidates are named', () => {
    const permutation = fc.shuffledSubarray(nodes, { minLength: nodes.length })
    fc.assert(
      fc.property(permutation, fc.ipV4(), (shuffled, ip) => {
        expect(rankCandidates(shuffled, ip, digests)).to.deep.equal(rankCandidates(nodes, ip, digests))
      }),
    )
  })

  it('leaves the order of the others alone when a candidate goes', () => {
    fc.assert(
      fc.property(fc.constantFrom(...nodes), fc.ipV4(), (gone, ip) => {
        const rest = nodes.filter((node) => node !== gone)
        expect(rankCandidates(rest, ip, digests)).to.deep.equal(
          rankCandidates(nodes, ip, digests).filter((node) => node !== gone),
        )
      }),
    )
  })
})
