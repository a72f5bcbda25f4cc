import { expect } from 'chai'
import fc from 'fast-check'
import { addressDigest, Digests } from './digests.ts'

const ipOf = (index: number): string => `10.0.${index >> 8}.${index & 255}`
const startOf = (node: string, ip: string): number => Number.parseInt(addressDigest(node, ip).slice(0, 8), 16)

describe('Digests', () => {
  for (const limit of [1, 100, 1_000_000]) {
    it(`are right however many nodes and addresses come, with room for ${limit}`, () => {
      const question = fc.tuple(fc.nat({ max: 30 }), fc.nat({ max: 100 }))
      fc.assert(
        fc.property(fc.array(question, { minLength: 200, maxLength: 400 }), (questions) => {
          const digests = new Digests(limit)
          for (const [node, index] of questions) {
            expect(digests.prefixes([`n${node}`], ipOf(index))).to.deep.equal([startOf(`n${node}`, ipOf(index))])
          }
        }),
        { numRuns: 10 },
      )
    })
  }
})
