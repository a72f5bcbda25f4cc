import { expect } from 'chai'
import fc from 'fast-check'
import { formatRange, parseRange } from '../../net/range.ts'
import { coarseRanges } from './coarse-ranges.ts'

const coarse = (texts: string[], count: number) => coarseRanges(texts.map(parseRange), 4, count).map(formatRange)

describe('coarseRanges', () => {
  it('joins what overlaps or touches, and leaves the other family out', () => {
    const texts = ['192.0.2.8/31', '2001:db8::/64', '192.0.2.0-192.0.2.4', '192.0.2.4-192.0.2.7', '192.0.2.20/32']
    expect(coarse(texts, 9)).to.deep.equal(['192.0.2.0-192.0.2.9', '192.0.2.20-192.0.2.20'])
  })

  it('joins across the smallest gaps when there are too many', () => {
    const texts = ['192.0.2.0/32', '192.0.2.2/32', '192.0.2.5/32', '192.0.2.50/32']
    expect(coarse(texts, 3)).to.deep.equal(['192.0.2.0-192.0.2.2', '192.0.2.5-192.0.2.5', '192.0.2.50-192.0.2.50'])
    expect(coarse(texts, 2)).to.deep.equal(['192.0.2.0-192.0.2.5', '192.0.2.50-192.0.2.50'])
    expect(coarse(texts, 0)).to.deep.equal(['192.0.2.0-192.0.2.50'])
  })

  it('covers every range, with no more than asked for', () => {
    const range = fc
      .tuple(fc.bigInt(0n, 300n), fc.bigInt(0n, 20n))
      .map(([first, size]) => ({ family: 4 as const, first, last: first + size }))
    fc.assert(
      fc.property(
        fc.array(range, { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 30 }),
        (ranges, count) => {
          const wider = coarseRanges(ranges, 4, count)
          expect(wider.length).to.be.at.most(count)
          for (const { first, last } of ranges) {
            expect(wider.some((one) => one.first <= first && one.last >= last)).to.equal(true)
          }
        },
      ),
    )
  })
})
