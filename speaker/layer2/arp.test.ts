import { expect } from 'chai'
import fc from 'fast-check'
import { BoundsError } from '../../net/cursor.ts'
import { parseMac } from '../../net/mac.ts'
import {
  type ArpFrame,
  announcementFrames,
  arpFrameBytes,
  arpOperation,
  decodeArpFrame,
  encodeArpFrame,
} from './arp.ts'

// Who has 192.0.2.10? Tell 192.0.2.1: as `arping -I eth0 192.0.2.10` sends it.
const request =
  'ffffffffffff020000000099080600010800060400010200000000' +
  '99c0000201000000000000c000020a000000000000000000000000000000000000'

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'))
const hex = (data: Uint8Array): string => Buffer.from(data).toString('hex')

const mac = fc.uint8Array({ minLength: 6, maxLength: 6 })
const address = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const anyFrame: fc.Arbitrary<ArpFrame> = fc.record({
  destination: mac,
  source: mac,
  operation: fc.integer({ min: 0, max: 0xffff }),
  senderMac: mac,
  senderAddress: address,
  targetMac: mac,
  targetAddress: address,
})

describe('ARP frames', () => {
  it('decode into their fields', () => {
    expect(decodeArpFrame(bytes(request))).to.deep.equal({
      destination: parseMac('ff:ff:ff:ff:ff:ff'),
      source: parseMac('02:00:00:00:00:99'),
      operation: arpOperation.request,
      senderMac: parseMac('02:00:00:00:00:99'),
      senderAddress: 0xc0000201,
      targetMac: parseMac('00:00:00:00:00:00'),
      targetAddress: 0xc000020a,
    })
  })

  it('encode into the bytes they came from', () => {
    expect(hex(encodeArpFrame(decodeArpFrame(bytes(request))))).to.equal(request)
  })

  it('survive the way there and back', () => {
    fc.assert(
      fc.property(anyFrame, (frame) => {
        const encoded = encodeArpFrame(frame)
        expect(encoded).to.have.length(arpFrameBytes)
        expect(decodeArpFrame(encoded)).to.deep.equal(frame)
      }),
    )
  })

  it('need no padding to be decoded', () => {
    expect(decodeArpFrame(bytes(request).subarray(0, 42))).to.deep.equal(decodeArpFrame(bytes(request)))
  })

  it('report where they are cut short', () => {
    for (let length = 0; length < 42; length++) {
      expect(() => decodeArpFrame(bytes(request).subarray(0, length)), `${length} bytes`).to.throw(BoundsError)
    }
  })

  it('throw nothing but their own errors, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (data) => {
        try {
          decodeArpFrame(data)
        } catch (error) {
          expect((error as { code: string }).code).to.be.oneOf(['not-arp', 'not-ethernet-ipv4', 'out-of-bounds'])
        }
      }),
    )
  })

  const foreign = {
    'another EtherType': [12, 0x86],
    'another hardware': [15, 6],
    'longer addresses': [19, 16],
  } as const
  for (const [what, [offset, value]] of Object.entries(foreign)) {
    it(`are refused with ${what}`, () => {
      const data = bytes(request)
      data[offset] = value
      expect(() => decodeArpFrame(data))
        .to.throw()
        .with.property('name', 'ArpError')
    })
  }
})

describe('announcementFrames', () => {
  it('are a request and a reply from the address to itself, for everybody', () => {
    const frames = announcementFrames(parseMac('02:42:ac:11:00:02'), 0xc000020a)
    const tail = '0242ac110002c000020affffffffffffc000020a000000000000000000000000000000000000'
    expect(frames.map(hex)).to.deep.equal([
      `ffffffffffff0242ac11000208060001080006040001${tail}`,
      `ffffffffffff0242ac11000208060001080006040002${tail}`,
    ])
  })
})
