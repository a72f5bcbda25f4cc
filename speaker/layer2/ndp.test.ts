import { expect } from 'chai'
import fc from 'fast-check'
import { formatAddress, parseAddress } from '../../net/address.ts'
import { BoundsError } from '../../net/cursor.ts'
import { parseMac } from '../../net/mac.ts'
import { decodeNeighborSolicitation, encodeNeighborAdvertisement, solicitedNodeGroup } from './ndp.ts'

const target = '20010db800000000000000000000000a'
const head = `8700${'0000'}${'00000000'}${target}`
const sourceOption = '0101020000000099'

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'))
const codeOf = (hex: string): string => {
  try {
    decodeNeighborSolicitation(bytes(hex))
    return 'none'
  } catch (error) {
    return (error as { code: string }).code
  }
}

describe('Neighbor Solicitations', () => {
  it('decode into target and source MAC', () => {
    const { target, sourceMac } = decodeNeighborSolicitation(bytes(head + sourceOption))
    expect(formatAddress(target)).to.equal('2001:db8::a')
    expect(sourceMac).to.deep.equal(parseMac('02:00:00:00:00:99'))
  })

  it('need not tell a source MAC', () => {
    expect(decodeNeighborSolicitation(bytes(head)).sourceMac).to.equal(undefined)
  })

  it('may carry options that we do not know (RFC 4861 s4.6)', () => {
    const nonce = '0e01010203040506'
    expect(decodeNeighborSolicitation(bytes(head + nonce + sourceOption)).sourceMac).not.to.equal(undefined)
  })

  const refusals: [sentence: string, hex: string, code: string][] = [
    ['are not router solicitations', `8500${'0'.repeat(44)}`, 'not-a-solicitation'],
    ['have the code 0', `8701${head.slice(4)}`, 'bad-code'],
    ['do not ask for a group', `870000000000000${'0'}ff02${'0'.repeat(28)}`, 'bad-target'],
    ['have no option of length 0', `${head}0100000000000000`, 'bad-option'],
    ['have no option longer than the message', `${head}0102020000000099`, 'out-of-bounds'],
  ]
  for (const [sentence, hex, code] of refusals) {
    it(sentence, () => {
      expect(codeOf(hex)).to.equal(code)
    })
  }

  it('report where they are cut short', () => {
    for (let length = 0; length < 24; length++) {
      expect(() => decodeNeighborSolicitation(bytes(head).subarray(0, length)), `${length} bytes`).to.throw(BoundsError)
    }
  })

  it('throw nothing but their own errors, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (tail) => {
        const hex = Buffer.concat([bytes(head), tail]).toString('hex')
        expect(codeOf(hex)).to.be.oneOf(['none', 'bad-option', 'out-of-bounds'])
      }),
    )
  })
})

describe('Neighbor Advertisements', () => {
  const advertise = (solicited: boolean, override: boolean): string => {
    const targetMac = parseMac('02:42:ac:11:00:02')
    const message = encodeNeighborAdvertisement({ target: parseAddress('2001:db8::a'), targetMac, solicited, override })
    return Buffer.from(message).toString('hex')
  }

  it('say in answer where the target is', () => {
    expect(advertise(true, false)).to.equal(`8800000040000000${target}02010242ac110002`)
  })

  it('tell everybody unasked to replace what they know', () => {
    expect(advertise(false, true)).to.equal(`8800000020000000${target}02010242ac110002`)
  })
})

describe('solicitedNodeGroup', () => {
  it('keeps the last 24 bits (RFC 4291 s2.7.1)', () => {
    expect(formatAddress(solicitedNodeGroup(parseAddress('2001:db8::a')))).to.equal('ff02::1:ff00:a')
    expect(formatAddress(solicitedNodeGroup(parseAddress('2001:db8:1:2:3:4:5678:9abc')))).to.equal('ff02::1:ff78:9abc')
  })
})
