import { expect } from 'chai'
import fc from 'fast-check'
import ipaddr from 'ipaddr.js'
import { AddressError, addressBits, formatAddress, parseAddress } from './address.ts'
import { addresses, limits } from './arbitraries.ts'
import { formatPrefix, makePrefix, parsePrefix, prefixContains, prefixRange } from './prefix.ts'

const prefixes = fc
  .tuple(addresses, fc.nat(128))
  .map(([address, length]) => makePrefix(address, Math.min(length, addressBits[address.family])))

describe('a prefix', () => {
  const understood = [
    ['192.0.2.0/24', '192.0.2.0/24'],
    ['192.0.2.77/24', '192.0.2.0/24'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['192.0.2.1/32', '192.0.2.1/32'],
    ['2001:db8::5/64', '2001:db8::/64'],
    ['::ffff:192.0.2.9/120', '192.0.2.0/24'],
  ] as const
  for (const [text, canonical] of understood) {
    it(`is understood, host bits cleared: ${text}`, () => {
      expect(formatPrefix(parsePrefix(text))).to.equal(canonical)
    })
  }

  const refused = ['192.0.2.0', '192.0.2.0/', '192.0.2.0/33', '::/129', '/24', '1.2.3.4/+8', '1.2.3.4/8 ', '1.2.3/8']
  for (const text of [
    ...refused,
    '::ffff:1.2.3.4/64',
    'fe80::%eth0/64',
    '1.2.3.4/24/24',
    '1.2.3.4/-1',
    '1.2.3.4/1e1',
  ]) {
    it(`is refused: ${JSON.stringify(text)}`, () => {
      expect(() => parsePrefix(text))
        .to.throw(AddressError)
        .that.includes({ code: 'bad-prefix', text })
    })
  }

  it('is understood again after formatting', () => {
    fc.assert(
      fc.property(prefixes, (prefix) => {
        expect(parsePrefix(formatPrefix(prefix))).to.deep.equal(prefix)
      }),
      limits,
    )
  })

  it('contains the addresses that ipaddr.js says it contains', () => {
    fc.assert(
      fc.property(prefixes, addresses, fc.bigInt(0n, 0xffffn), (prefix, far, offset) => {
        const { family, value } = prefix.address
        const near = { family, value: BigInt.asUintN(addressBits[family], value + offset) }
        for (const address of [far, near]) {
          const isSameFamily = address.family === family
          const expected =
            isSameFamily && ipaddr.parse(formatAddress(address)).match(ipaddr.parseCIDR(formatPrefix(prefix)))
          expect(prefixContains(prefix, address)).to.equal(expected)
        }
      }),
      limits,
    )
  })

  it('ranges from its first to its last address', () => {
    expect(prefixRange(parsePrefix('192.0.2.64/26'))).to.deep.equal({
      family: 4,
      first: parseAddress('192.0.2.64').value,
      last: parseAddress('192.0.2.127').value,
    })
    expect(prefixRange(parsePrefix('::/0')).last).to.equal((1n << 128n) - 1n)
  })
})
