import { expect } from 'chai'
import fc from 'fast-check'
import { type AddressRange, rangeContains, rangesOverlap } from '../net/range.ts'
import { PoolIndex } from './pool-index.ts'

describe('PoolIndex', () => {
  it('finds what a look at every range finds', () => {
    const range = fc
      .record({ family: fc.constantFrom(4 as const, 6 as const), first: fc.bigInt(0n, 40n), length: fc.bigInt(0n, 5n) })
      .map(({ family, first, length }): AddressRange => ({ family, first, last: first + length }))
    const ranges = fc
      .array(range, { maxLength: 10 })
      .map((all) => all.filter((one, index) => !all.slice(0, index).some((other) => rangesOverlap(one, other))))
    const property = fc.property(
      ranges,
      fc.constantFrom(4 as const, 6 as const),
      fc.bigInt(0n, 50n),
      (all, family, value) => {
        const pools = all.map((one, index) => ({ name: `p${index}`, ranges: [one] }))
        const expected = pools.find((pool) => rangeContains(pool.ranges[0]!, { family, value }))
        expect(new PoolIndex(pools).find({ family, value })).to.equal(expected)
      },
    )
    fc.assert(property, { numRuns: 500 })
  })
})
