import { isIP } from 'node:net'
import { expect } from 'chai'
import fc from 'fast-check'
import { Address4, Address6 } from 'ip-address'
import ipaddr from 'ipaddr.js'
import {
  AddressError,
  addressFromBytes,
  addressToBytes,
  compareAddresses,
  formatAddress,
  parseAddress,
  sameAddress,
} from './address.ts'
import { addresses, ipv4Addresses, ipv6Addresses, limits } from './arbitraries.ts'

describe('an address in text', () => {
  const refused = [
    ['', 'nothing'],
    ['10.1', 'a short form'],
    ['010.1.1.1', 'an octal-looking octet'],
    ['0x10.1.1.1', 'a hexadecimal octet'],
    ['1.2.3.256', 'an octet above 255'],
    ['1.2.3.4.5', 'five octets'],
    ['167772161', 'a plain number'],
    [' 1.2.3.4', 'a blank'],
    ['1.2.3.4\n', 'a line end'],
    ['1.2.3.4/32', 'a prefix'],
    ['fe80::1%eth0', 'a zone'],
    ['1::2::3', 'two gaps'],
    ['1:2:3:4:5:6:7', 'seven groups'],
    ['1:2:3:4:5:6:7:8:9', 'nine groups'],
    ['1:2:3:4::5:6:7:8', 'a gap of no groups'],
    ['12345::', 'a group of five digits'],
    ['::01.2.3.4', 'a leading zero in the IPv4 part'],
    ['[::1]', 'brackets'],
    ['１.2.3.4', 'digits of another script'],
  ] as const
  for (const [text, what] of refused) {
    it(`is refused when it is ${what}: ${JSON.stringify(text)}`, () => {
      expect(() => parseAddress(text))
        .to.throw(AddressError)
        .that.includes({ code: 'bad-address', text })
    })
  }

  const accepted = [
    ['0.0.0.0', 4, 0n],
    ['255.255.255.255', 4, 0xffffffffn],
    ['::', 6, 0n],
    ['::1', 6, 1n],
    ['1::', 6, 1n << 112n],
    ['1:2:3:4:5:6:7::', 6, 0x00010002000300040005000600070000n],
    ['::2:3:4:5:6:7:8', 6, 0x00000002000300040005000600070008n],
    ['2001:DB8::192.0.2.1', 6, 0x20010db80000000000000000c0000201n],
    ['::192.0.2.1', 6, 0xc0000201n],
    ['0000:0000:0000:0000:0000:0000:0000:0001', 6, 1n],
  ] as const
  for (const [text, family, value] of accepted) {
    it(`is understood: ${text}`, () => {
      expect(parseAddress(text)).to.deep.equal({ family, value })
    })
  }

  it('counts as IPv4 when it is an IPv4-mapped IPv6 address', () => {
    const address = { family: 4, value: 0xc0000201n }
    expect(parseAddress('::ffff:192.0.2.1')).to.deep.equal(address)
    expect(parseAddress('::FFFF:c000:201')).to.deep.equal(address)
  })

  it('names the text and the fault in the error', () => {
    expect(() => parseAddress('10.1')).to.throw('"10.1" is not an IP address')
  })

  it('is accepted exactly when the operating system would accept it without a zone', () => {
    const almostAddresses = fc.stringMatching(/^[0-9a-f:.%]{1,20}$/)
    fc.assert(
      fc.property(almostAddresses, (text) => {
        const isGood = isIP(text) !== 0 && !text.includes('%')
        if (isGood) parseAddress(text)
        else expect(() => parseAddress(text)).to.throw(AddressError)
      }),
      limits,
    )
  })

  it('agrees with ipaddr.js and ip-address on the value of IPv4', () => {
    fc.assert(
      fc.property(ipv4Addresses, (address) => {
        const text = [24n, 16n, 8n, 0n].map((shift) => (address.value >> shift) & 255n).join('.')
        expect(parseAddress(text)).to.deep.equal(address)
        expect(ipaddr.parse(text).toByteArray()).to.deep.equal([...addressToBytes(address)])
        expect(new Address4(text).bigInt()).to.equal(address.value)
      }),
      limits,
    )
  })

  it('agrees with ipaddr.js and ip-address on the value of IPv6, shortened or not', () => {
    fc.assert(
      fc.property(ipv6Addresses, fc.boolean(), (address, isShort) => {
        const long = address.value.toString(16).padStart(32, '0').match(/.{4}/g)!.join(':')
        const text = isShort ? ipaddr.parse(long).toString() : long
        expect(parseAddress(text)).to.deep.equal(address)
        expect(parseAddress(text.toUpperCase())).to.deep.equal(address)
        expect(new Address6(text).bigInt()).to.equal(address.value)
      }),
      limits,
    )
  })
})

describe('a formatted address', () => {
  // RFC 5952 s4 and s5
  const canonical = [
    '::',
    '::1',
    '1::',
    '2001:db8::1',
    '2001:db8:0:1:1:1:1:1',
    '2001:0:0:1::1',
    '2001:db8::1:0:0:1',
    '2001:db8:aaaa:bbbb:cccc:dddd:eeee:1',
    '0:1::',
    '192.0.2.1',
  ]
  for (const text of canonical) {
    it(`is its own canonical text: ${text}`, () => {
      expect(formatAddress(parseAddress(text))).to.equal(text)
    })
  }

  it('shows a mapped address in mixed notation', () => {
    expect(formatAddress({ family: 6, value: 0xffffc0000201n })).to.equal('::ffff:192.0.2.1')
  })

  it('is understood again', () => {
    fc.assert(
      fc.property(addresses, (address) => {
        expect(parseAddress(formatAddress(address))).to.deep.equal(address)
      }),
      limits,
    )
  })

  it('agrees with ipaddr.js and ip-address on RFC 5952', () => {
    fc.assert(
      fc.property(ipv6Addresses, (address) => {
        const text = formatAddress(address)
        expect(text).to.equal(new ipaddr.IPv6([...addressToBytes(address)]).toRFC5952String())
        expect(text).to.equal(Address6.fromBigInt(address.value).correctForm())
      }),
      limits,
    )
  })
})

describe('the bytes of an address', () => {
  it('are in network order', () => {
    expect([...addressToBytes(parseAddress('192.0.2.1'))]).to.deep.equal([192, 0, 2, 1])
    expect([...addressToBytes(parseAddress('2001:db8::1'))]).to.deep.equal([
      0x20,
      1,
      0xd,
      0xb8,
      ...Array(11).fill(0),
      1,
    ])
  })

  it('make the address again, also from the middle of a buffer', () => {
    fc.assert(
      fc.property(addresses, (address) => {
        const padded = Uint8Array.of(9, ...addressToBytes(address), 9)
        expect(addressFromBytes(padded.subarray(1, -1))).to.deep.equal(address)
      }),
      limits,
    )
  })

  it('stay IPv6 when there are 16, also for a mapped address', () => {
    const mapped = Uint8Array.of(...Array(10).fill(0), 255, 255, 192, 0, 2, 1)
    expect(addressFromBytes(mapped).family).to.equal(6)
  })

  it('are refused when there are neither 4 nor 16', () => {
    expect(() => addressFromBytes(new Uint8Array(5))).to.throw(RangeError, '4 or 16 bytes, not 5')
  })
})

describe('the order of addresses', () => {
  it('is IPv4 before IPv6, then by number', () => {
    const sorted = ['9.9.9.9', '10.0.0.1', '::1', '2::'].map(parseAddress)
    expect([sorted[3]!, sorted[1]!, sorted[2]!, sorted[0]!].toSorted(compareAddresses)).to.deep.equal(sorted)
  })

  it('tells equal addresses from those that only share the number', () => {
    expect(compareAddresses(parseAddress('::1'), parseAddress('::1'))).to.equal(0)
    expect(sameAddress(parseAddress('::1'), parseAddress('::1'))).to.equal(true)
    expect(sameAddress(parseAddress('::1'), parseAddress('0.0.0.1'))).to.equal(false)
    expect(sameAddress(parseAddress('::1'), parseAddress('::2'))).to.equal(false)
  })
})
