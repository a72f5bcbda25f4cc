import { expect } from 'chai'
import { BoundsError } from '../cursor.ts'
import { decodeControlMessages } from './control-message.ts'
import { encodeFilter } from './filter.ts'
import {
  abstractUnixAddress,
  decodeInetAddress,
  inet4Address,
  inet6Address,
  netlinkAddress,
  packetAddress,
} from './socket-address.ts'

// The bytes are what a C program with the same fields has in memory on x64.
describe('a structure of the kernel', () => {
  const encoded: [string, Uint8Array, string][] = [
    [
      'sockaddr_ll to bind to',
      packetAddress({ protocol: 0x0806, interfaceIndex: 258 }),
      '11000806020100000000000000000000' + '00000000',
    ],
    [
      'sockaddr_ll to send to',
      packetAddress({ protocol: 0x0806, interfaceIndex: 3, hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, 1) }),
      '1100080603000000' + '00000006' + '0200000000010000',
    ],
    [
      'sockaddr_in',
      inet4Address({ address: Uint8Array.of(192, 0, 2, 1), port: 7946 }),
      '02001f0ac00002010000000000000000',
    ],
    [
      'sockaddr_in6',
      inet6Address({ address: Uint8Array.of(0xfe, 0x80, ...Array(13).fill(0), 1), port: 3784, scopeId: 5 }),
      '0a000ec800000000fe80000000000000000000000000000105000000',
    ],
    ['sockaddr_nl', netlinkAddress({ portId: 0x1234, groups: 0x11 }), '100000003412000011000000'],
    ['sockaddr_un', abstractUnixAddress('ab'), '0100006162'],
    [
      'sock_filter',
      encodeFilter([
        { code: 0x15, k: 0x0806, jumpTrue: 1, jumpFalse: 2 },
        { code: 6, k: 1 },
      ]),
      '150001020608000006000000' + '01000000',
    ],
  ]
  for (const [name, bytes, hex] of encoded) {
    it(`is laid out as in C: ${name}`, () => {
      expect(Buffer.from(bytes).toString('hex')).to.equal(hex)
    })
  }

  it('is read where the kernel gives one: sockaddr_in, sockaddr_in6, and no other', () => {
    const [ipv4, ipv6] = [Uint8Array.of(192, 0, 2, 1), Uint8Array.of(0xfe, 0x80, ...Array(13).fill(0), 1)]
    expect(decodeInetAddress(inet4Address({ address: ipv4, port: 7946 }))).to.deep.equal({ address: ipv4, port: 7946 })
    expect(decodeInetAddress(inet6Address({ address: ipv6, port: 1 }))).to.deep.equal({ address: ipv6, port: 1 })
    for (const other of [abstractUnixAddress('ab'), new Uint8Array(0)])
      expect(decodeInetAddress(other)).to.equal(undefined)
  })

  it('takes only addresses of its family', () => {
    expect(() => inet4Address({ address: new Uint8Array(16), port: 1 })).to.throw(RangeError)
    expect(() => inet6Address({ address: new Uint8Array(4), port: 1 })).to.throw(RangeError)
  })
})

describe('control messages', () => {
  // IPV6_HOPLIMIT 255 (padded to 24 bytes), then IPV6_PKTINFO for ff02::1 on interface 2, without its last padding
  const bytes = Buffer.from(
    '1400000000000000' +
      '2900000034000000' +
      'ff00000000000000' +
      '2400000000000000' +
      '2900000032000000' +
      'ff0200000000000000000000000000010200' +
      '0000',
    'hex',
  )

  it('are told apart by level and type, padded or not', () => {
    const messages = [...decodeControlMessages(bytes)].map(({ level, type, data }) => [
      level,
      type,
      Buffer.from(data).toString('hex'),
    ])
    expect(messages).to.deep.equal([
      [41, 52, 'ff000000'],
      [41, 50, 'ff02000000000000000000000000000102000000'],
    ])
  })

  it('throw the bounds error wherever they are cut off', () => {
    const wholeMessages = [0, 20, 24]
    for (let length = 0; length < bytes.length; length++) {
      if (wholeMessages.includes(length) || (length > 20 && length < 24)) continue
      expect(() => [...decodeControlMessages(bytes.subarray(0, length))], `${length}`).to.throw(BoundsError)
    }
  })

  it('throw the bounds error when one is shorter than its header', () => {
    expect(() => [...decodeControlMessages(Buffer.alloc(32))]).to.throw(BoundsError)
  })
})
