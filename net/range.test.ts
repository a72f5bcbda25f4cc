import { expect } from 'chai'
import fc from 'fast-check'
import { AddressError, parseAddress } from './address.ts'
import { addresses, limits, ranges } from './arbitraries.ts'
import { formatPrefix, prefixRange } from './prefix.ts'
import { formatRange, parseRange, rangeContains, rangeSize, rangesOverlap, rangeToPrefixes } from './range.ts'

describe('a range', () => {
  const understood = [
    ['192.0.2.0/30', '192.0.2.0-192.0.2.3'],
    ['192.0.2.1-192.0.2.9', '192.0.2.1-192.0.2.9'],
    [' 192.0.2.1 -\t192.0.2.9 ', '192.0.2.1-192.0.2.9'],
    ['192.0.2.1-192.0.2.1', '192.0.2.1-192.0.2.1'],
    ['2001:db8::1-2001:db8::ff', '2001:db8::1-2001:db8::ff'],
    ['::ffff:192.0.2.1-192.0.2.9', '192.0.2.1-192.0.2.9'],
  ] as const
  for (const [text, canonical] of understood) {
    it(`is understood: ${JSON.stringify(text)}`, () => {
      expect(formatRange(parseRange(text))).to.equal(canonical)
    })
  }

  const refused = [
    ['192.0.2.1', 'bad-range', 'neither a prefix'],
    ['192.0.2.9-192.0.2.1', 'bad-range', 'ends before it starts'],
    ['192.0.2.1-2001:db8::1', 'bad-range', 'mixes IPv4 and IPv6'],
    ['192.0.2.1-9', 'bad-address', 'is not an IP address'],
    ['192.0.2.1-', 'bad-address', 'is not an IP address'],
    ['192.0.2.1-192.0.2.3-192.0.2.9', 'bad-address', 'is not an IP address'],
    ['192.0.2.0/24-192.0.3.0/24', 'bad-address', 'is not an IP address'],
    ['192.0.2.0/40', 'bad-prefix', 'is not a prefix'],
    ['', 'bad-range', 'neither a prefix'],
  ] as const
  for (const [text, code, message] of refused) {
    it(`is refused: ${JSON.stringify(text)}`, () => {
      expect(() => parseRange(text))
        .to.throw(AddressError, message)
        .that.includes({ code })
    })
  }

  it('is understood again after formatting', () => {
    fc.assert(
      fc.property(ranges, (range) => {
        expect(parseRange(formatRange(range))).to.deep.equal(range)
      }),
      limits,
    )
  })

  it('contains its ends and nothing beside them', () => {
    const range = parseRange('192.0.2.1-192.0.2.3')
    const inside = ['192.0.2.0', '192.0.2.1', '192.0.2.3', '192.0.2.4'].map((text) =>
      rangeContains(range, parseAddress(text)),
    )
    expect(inside).to.deep.equal([false, true, true, false])
    expect(rangeSize(range)).to.equal(3n)
  })

  it('does not contain an address of the other family with the same number', () => {
    expect(rangeContains(parseRange('0.0.0.1-0.0.0.3'), parseAddress('::2'))).to.equal(false)
  })

  it('overlaps another exactly when one of them contains the first address of the other', () => {
    fc.assert(
      fc.property(ranges, ranges, (a, b) => {
        const startsInside =
          rangeContains(a, { family: b.family, value: b.first }) ||
          rangeContains(b, { family: a.family, value: a.first })
        expect(rangesOverlap(a, b)).to.equal(startsInside)
      }),
      limits,
    )
  })

  it('is the union of its prefixes, which are ascending, adjoining and as few as possible', () => {
    fc.assert(
      fc.property(ranges, (range) => {
        const parts = rangeToPrefixes(range).map(prefixRange)
        expect(parts[0]!.first).to.equal(range.first)
        expect(parts.at(-1)!.last).to.equal(range.last)
        for (const [index, part] of parts.slice(1).entries()) {
          const before = parts[index]!
          expect(part.first).to.equal(before.last + 1n)
          expect(isPrefixTogether(before.first, part.last)).to.equal(false)
        }
      }),
      limits,
    )
  })

  it('gives the prefixes that an operator would write', () => {
    expect(rangeToPrefixes(parseRange('192.0.2.1-192.0.2.10')).map(formatPrefix)).to.deep.equal([
      '192.0.2.1/32',
      '192.0.2.2/31',
      '192.0.2.4/30',
      '192.0.2.8/31',
      '192.0.2.10/32',
    ])
    expect(rangeToPrefixes(parseRange('::/0')).map(formatPrefix)).to.deep.equal(['::/0'])
  })

  it('of one address is one prefix', () => {
    fc.assert(
      fc.property(addresses, ({ family, value }) => {
        expect(rangeToPrefixes({ family, first: value, last: value })).to.have.length(1)
      }),
      limits,
    )
  })
})

/** Whether first..last has a power of two as size and is aligned to it. */
function isPrefixTogether(first: bigint, last: bigint): boolean {
  const size = last - first + 1n
  return (size & (size - 1n)) === 0n && first % size === 0n
}
