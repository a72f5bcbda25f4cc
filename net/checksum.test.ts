import { expect } from 'chai'
import fc from 'fast-check'
import { limits } from './arbitraries.ts'
import { internetChecksum } from './checksum.ts'

describe('the Internet checksum', () => {
  it('is that of the example in RFC 1071 s3', () => {
    expect(internetChecksum(Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7))).to.equal(0xffff - 0xddf2)
  })

  it('is that of a captured IPv4 header', () => {
    const header = Buffer.from('450000730000400040110000c0a80001c0a800c7', 'hex')
    expect(internetChecksum(header)).to.equal(0xb861)
  })

  it('pads an odd byte with zero on the right', () => {
    expect(internetChecksum(Uint8Array.of(1, 2, 3))).to.equal(internetChecksum(Uint8Array.of(1, 2, 3, 0)))
  })

  it('is zero over a message that carries its own checksum', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (data) => {
        const even = data.length % 2 === 0 ? data : Uint8Array.of(...data, 0)
        const checksum = internetChecksum(even)
        expect(internetChecksum(Uint8Array.of(...even, checksum >> 8, checksum & 255))).to.equal(0)
      }),
      limits,
    )
  })

  it('goes on from the sum of a pseudo header', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array(), (pseudoHeader, data) => {
        const view = new DataView(pseudoHeader.buffer, pseudoHeader.byteOffset)
        const initial = view.getUint16(0) + view.getUint16(2)
        expect(internetChecksum(data, initial)).to.equal(internetChecksum(Uint8Array.of(...pseudoHeader, ...data)))
      }),
      limits,
    )
  })

  it('does not depend on how large the sum before it was', () => {
    expect(internetChecksum(Uint8Array.of(0, 1), 0xffff * 0x1_0000_0001)).to.equal(
      internetChecksum(Uint8Array.of(0, 1)),
    )
  })
})
