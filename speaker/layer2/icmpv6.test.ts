import { expect } from 'chai'
import fc from 'fast-check'
import { formatAddress, parseAddress } from '../../net/address.ts'
import { formatMac } from '../../net/mac.ts'
import { decodeIcmpv6Frame, encodeIcmpv6Frame, type Icmpv6Frame, multicastMac } from './icmpv6.ts'

// A solicitation of the Linux kernel, captured with tcpdump -xx.
const captured =
  '3333ff000010' +
  'b60db26c9a54' +
  '86dd6000000000203aff' +
  '20010db8000000000000000000000001' +
  'ff0200000000000000000001ff000010' +
  '87001b3d0000000020010db8000000000000000000000010' +
  '0101b60db26c9a54'

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'))
const codeOf = (data: Uint8Array): string => {
  try {
    decodeIcmpv6Frame(data)
    return 'none'
  } catch (error) {
    return (error as { code: string }).code
  }
}

const mac = fc.uint8Array({ minLength: 6, maxLength: 6 })
const address = fc
  .ipV6()
  .map(parseAddress)
  .filter(({ family }) => family === 6)
const message = fc.uint8Array({ minLength: 4, maxLength: 200 })

describe('ICMPv6 frames', () => {
  it('decode into their fields', () => {
    const frame = decodeIcmpv6Frame(bytes(captured))
    expect(formatMac(frame.sourceMac)).to.equal('b6:0d:b2:6c:9a:54')
    expect([frame.source, frame.destination].map(formatAddress)).to.deep.equal(['2001:db8::1', 'ff02::1:ff00:10'])
    expect([frame.hopLimit, frame.message.length]).to.deep.equal([255, 32])
  })

  it('encode into the bytes they came from, checksum included', () => {
    expect(Buffer.from(encodeIcmpv6Frame(decodeIcmpv6Frame(bytes(captured)))).toString('hex')).to.equal(captured)
  })

  it('survive the way there and back', () => {
    const anyFrame: fc.Arbitrary<Icmpv6Frame> = fc.record({
      destinationMac: mac,
      sourceMac: mac,
      hopLimit: fc.integer({ min: 0, max: 255 }),
      source: address,
      destination: address,
      message,
    })
    fc.assert(
      fc.property(anyFrame, (frame) => {
        const decoded = decodeIcmpv6Frame(encodeIcmpv6Frame(frame))
        const { message: sent, ...header } = frame
        const { message: received, ...receivedHeader } = decoded
        expect(receivedHeader).to.deep.equal(header)
        expect([received[0], received[1], ...received.subarray(4)]).to.deep.equal([
          sent[0],
          sent[1],
          ...sent.subarray(4),
        ])
      }),
    )
  })

  it('are refused when a bit is wrong', () => {
    const damaged = bytes(captured)
    damaged[70]! ^= 1
    expect(codeOf(damaged)).to.equal('bad-checksum')
  })

  it('are refused when they are something else', () => {
    for (const offset of [12, 14, 20]) {
      const other = bytes(captured)
      other[offset]! ^= 0x10
      expect(codeOf(other), `offset ${offset}`).to.equal('not-icmpv6')
    }
  })

  it('report where they are cut short', () => {
    for (let length = 0; length < bytes(captured).length; length++) {
      expect(codeOf(bytes(captured).subarray(0, length)), `${length} bytes`).to.equal('out-of-bounds')
    }
  })

  it('may be followed by padding', () => {
    expect(codeOf(bytes(`${captured}0000`))).to.equal('none')
  })

  it('go to the Ethernet address of their group (RFC 2464 s7)', () => {
    expect(formatMac(multicastMac(parseAddress('ff02::1:ff00:10')))).to.equal('33:33:ff:00:00:10')
  })
})
