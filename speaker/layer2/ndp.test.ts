import { expect } from 'chai'
import fc from 'fast-check'
import { formatAddress, parseAddress } from '../../net/address.ts'
import { formatMac, parseMac } from '../../net/mac.ts'
import { encodeIcmpv6Frame, multicastMac } from './icmpv6.ts'
import {
  encodeNeighborAdvertisement,
  linkLayerAddressOffset,
  linkLayerOption,
  neighbourMessageEnd,
  solicitedNodeGroup,
} from './ndp.ts'

const target = '20010db800000000000000000000000a'
const head = `8700${'0000'}${'00000000'}${target}`
const sourceOption = '0101020000000099'

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'))

/** With the headers in front, and a right checksum. */
function frameOf(hex: string): Uint8Array {
  const [source, destination] = [parseAddress('fe80::99'), parseAddress('ff02::1:ff00:a')]
  const macs = { destinationMac: multicastMac(destination), sourceMac: parseMac('02:00:00:00:00:98') }
  return encodeIcmpv6Frame({ ...macs, hopLimit: 255, source, destination, message: bytes(hex) })
}

const endOf = (frame: Uint8Array): number | undefined => neighbourMessageEnd(frame, frame.length)

/** The MAC in the option of a type. */
function macIn(frame: Uint8Array, option: number): string | undefined {
  const offset = linkLayerAddressOffset(frame, endOf(frame)!, option)
  return offset === undefined ? undefined : formatMac(frame.subarray(offset, offset + 6))
}

describe('messages of neighbours', () => {
  it('may tell a source MAC', () => {
    expect(macIn(frameOf(head + sourceOption), linkLayerOption.source)).to.equal('02:00:00:00:00:99')
    expect(macIn(frameOf(head + sourceOption), linkLayerOption.target)).to.equal(undefined)
    expect(macIn(frameOf(head), linkLayerOption.source)).to.equal(undefined)
  })

  it('may carry options that we do not know (RFC 4861 s4.6)', () => {
    const nonce = '0e01010203040506'
    expect(macIn(frameOf(head + nonce + sourceOption), linkLayerOption.source)).to.equal('02:00:00:00:00:99')
  })

  it('are solicitations and advertisements', () => {
    expect(endOf(frameOf(head))).to.equal(78)
    expect(endOf(frameOf(`88${head.slice(2)}`))).to.equal(78)
  })

  const refusals: [sentence: string, hex: string][] = [
    ['are not router solicitations', `8500${'0'.repeat(44)}`],
    ['have the code 0', `8701${head.slice(4)}`],
    ['are not about a group', `8700000000000000ff02${'0'.repeat(28)}`],
    ['have no option of length 0', `${head}0100000000000000`],
    ['have no option longer than the message', `${head}0102020000000099`],
    ['have no half of an option', `${head}01`],
  ]
  for (const [sentence, hex] of refusals) {
    it(sentence, () => {
      expect(endOf(frameOf(hex))).to.equal(undefined)
    })
  }

  it('are not heeded when they are cut short', () => {
    for (let length = 4; length < 24; length++) {
      expect(endOf(frameOf(head.slice(0, 2 * length))), `${length} bytes`).to.equal(undefined)
    }
  })

  it('are read within their bounds, whatever the options', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (tail) => {
        const frame = frameOf(head + Buffer.from(tail).toString('hex'))
        const end = endOf(frame)
        if (end === undefined) return
        const offset = linkLayerAddressOffset(frame, end, linkLayerOption.source)
        expect(offset ?? 0).to.be.at.most(end - 6)
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
