import { expect } from 'chai'
import fc from 'fast-check'
import { parseAddress } from '../../net/address.ts'
import { formatMac } from '../../net/mac.ts'
import { encodeIcmpv6Frame, messageEnd, multicastMac } from './icmpv6.ts'

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
const endOf = (frame: Uint8Array): number | undefined => messageEnd(frame, frame.length)

const mac = fc.uint8Array({ minLength: 6, maxLength: 6 })
const address = fc
  .ipV6()
  .map(parseAddress)
  .filter(({ family }) => family === 6)
const anyFrame = fc.record({
  destinationMac: mac,
  sourceMac: mac,
  hopLimit: fc.integer({ min: 0, max: 255 }),
  source: address,
  destination: address,
  message: fc.uint8Array({ minLength: 4, maxLength: 200 }),
})

describe('ICMPv6 frames', () => {
  it('encode into what the kernel sends, checksum included', () => {
    const frame = encodeIcmpv6Frame({
      ...{ destinationMac: bytes('3333ff000010'), sourceMac: bytes('b60db26c9a54'), hopLimit: 255 },
      ...{ source: parseAddress('2001:db8::1'), destination: parseAddress('ff02::1:ff00:10') },
      message: bytes(captured).subarray(54),
    })
    expect(Buffer.from(frame).toString('hex')).to.equal(captured)
  })

  it('are found whole, whatever is in them', () => {
    fc.assert(
      fc.property(anyFrame, (frame) => {
        const encoded = encodeIcmpv6Frame(frame)
        expect(endOf(encoded)).to.equal(54 + frame.message.length)
      }),
    )
  })

  it('are refused when a bit is wrong', () => {
    const damaged = bytes(captured)
    damaged[70]! ^= 1
    expect(endOf(damaged)).to.equal(undefined)
  })

  it('are refused when they are something else', () => {
    for (const offset of [14, 20]) {
      const other = bytes(captured)
      other[offset]! ^= 0x10
      expect(endOf(other), `offset ${offset}`).to.equal(undefined)
    }
  })

  it('are refused when they are cut short', () => {
    for (let length = 0; length < bytes(captured).length; length++) {
      expect(endOf(bytes(captured).subarray(0, length)), `${length} bytes`).to.equal(undefined)
    }
  })

  it('may be followed by padding', () => {
    expect(endOf(bytes(`${captured}0000`))).to.equal(bytes(captured).length)
  })

  it('go to the Ethernet address of their group (RFC 2464 s7)', () => {
    expect(formatMac(multicastMac(parseAddress('ff02::1:ff00:10')))).to.equal('33:33:ff:00:00:10')
  })
})
