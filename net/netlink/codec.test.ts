import { expect } from 'chai'
import fc from 'fast-check'
import { addressToBytes, formatAddress } from '../address.ts'
import { addresses, limits } from '../arbitraries.ts'
import { BoundsError, Reader } from '../cursor.ts'
import { formatMac } from '../mac.ts'
import { formatPrefix } from '../prefix.ts'
import { decodeLinkAddress } from './address.ts'
import { decodeEvent, type TableEvent } from './event.ts'
import { decodeLink } from './link.ts'
import { decodeAttributes, decodeMessages, encodeMessage } from './message.ts'
import { decodeNeighbour } from './neighbour.ts'
import { decodeRoute, type Route } from './route.ts'
import { type Attribute, attribute, attributes, message, padded, u8, u16, u32 } from './twin.ts'

/** What the kernel (6.1) sent; see each message's title. Of the link, statistics and per-family settings are cut out. */
const captured = {
  linkInBridge:
    'd802000010000200010000002d0f000000000100040000000310000000000000070003007630000008000d00e8030000050010000300000005' +
    '00110000000000050043000000000008000400dc050000080032004400000008003300ffff000008001b000000000008001e00010000000800' +
    '3d000100000008001f000200000008002800ffff0000080029000000010008003a000000010008003f0000000100080040000000010008003b' +
    '00f8ff070008003c00ffff00000800420000000000080020000200000008000a00020000000500210000000000080023000100000008002f00' +
    '0000000008003000010000000600440000000000060045000000000005002700000000000a00010002000000000100000a000200ffffffffff' +
    'ff00000c002b0005000200000000006c0112000900010076657468000000000b00040062726964676500005001050005000100000000000600' +
    '0200200000000800030002000000050004000000000005000500000000000500060000000000050007000000000005001c0000000000050008' +
    '0001000000050009000100000005001b000100000005001e000100000005000a000000000005000c00000000000c000d008000020000000001' +
    '0c000e00800002000000000106000f00018000000600100000000000060011000180000006001200010000000500130000000000050014000000' +
    '000005001d000000000006001f00000000000500200000000000050023000000000005002400000000000500210000000000050027000000' +
    '0000050028000000000005002b00000000000c00150000000000000000000c00160000000000000000000c00170000000000000000000500' +
    '19000100000008002500000200000800260000000000080029000000000008002a000000000008000500030000000c0006006e6f7175657565' +
    '0024000e00000000000000000000000000000000000000000000000000000000000000000004003e8004004180',
  linkLeftBridge:
    '5400000011000000000000000000000007000100040000000210000000000000070003007630000008000a000200000008000400dc050000' +
    '05001000020000000a00010002000000000100000800050003000000',
  ipv4Address:
    '4c00000014000000c7ea006b1e030000021880000400000008000100c000020108000200c0000201070003007630000008000800800000001400' +
    '0600ffffffffffffffff1f5b03001f5b0300',
  ipv6TentativeAddress:
    '480000001400000000000000000000000a40c000040000001400010020010db800000000000000000000000114000600ffffffffffffffff1f5b' +
    '03001f5b030008000800c0000000',
  defaultRoute:
    '3c00000018000006c7ea006b2203000002000000fe0300010000000008000f00fe000000080006000700000008000500c0000209080004000400' +
    '0000',
  multipathRoute:
    '5000000018000006c7ea006b2403000002180000fe0300010000000008000f00fe00000008000100c63364002400090010000000040000000800' +
    '0500c0000202100000010400000008000500c0000203',
  ipv4RouteViaIpv6:
    '4c00000018000006c7ea006b2503000002180000fe0300010000000008000f00fe00000008000100cb007100160012000a00fe80000000000000' +
    '000000000000000900000800040004000000',
  blackholeRoute: '2c00000018000006c7ea006b2903000002100000fe0300060000000008000f00fe000000080001000a090000',
  ipv6Route:
    '8800000018000006c7ea006b2a0300000a300000fe0300010000000008000f00fe0000001400010020010db8000100000000000000000000' +
    '08000600000400001400050020010db8000000000000000000000002080004000400000024000c000000000000000000000000000000000000' +
    '0000000000000000000000000000000500140000000000',
  neighbour:
    '4c0000001c000000000000002b03000002000000040000008000000108000100c00002050a000200020000000005000008000400000000001400' +
    '030000000000000000000000000001000000',
  removedNeighbour:
    '400000001d000000000000000000000002000000040000002000000108000100c0000205080004000000000014000300000000000000000000' +
    '00000000000000',
  ipv6Router:
    '580000001c000000000000002d0300000a00000004000000800080011400010020010db80000000000000000000000050a0002000200000000' +
    '05000008000400000000001400030000000000000000000000000001000000',
  bridgeForwardingEntry:
    '4c0000001c00000000000000000000000700000002000000800000000a000200d66a640d7ba20000080009000200000008000f000000000014' +
    '00030000000000000000000000000000000000',
} as const

function eventsIn(datagram: Uint8Array): (TableEvent | undefined)[] {
  return [...decodeMessages(datagram)].map(decodeEvent)
}

function eventOf(name: keyof typeof captured): TableEvent | undefined {
  return eventsIn(Buffer.from(captured[name], 'hex'))[0]
}

describe('a netlink message from the kernel', () => {
  it('tells of a link that is in a bridge and has no carrier', () => {
    expect(eventOf('linkInBridge')).to.deep.equal({
      type: 'link',
      link: {
        index: 4,
        name: 'v0',
        flags: 0x1003,
        up: true,
        lowerUp: false,
        broadcast: true,
        noArp: false,
        loopback: false,
        master: 2,
        hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, 1),
        mtu: 1500,
        kind: 'veth',
      },
    })
  })

  it('tells nothing when a link leaves a bridge: that "removal" is not the removal of the link', () => {
    expect(eventOf('linkLeftBridge')).to.equal(undefined)
  })

  it('tells of addresses', () => {
    const value = 0x20010db8000000000000000000000001n
    expect(eventOf('ipv4Address')).to.deep.equal({
      type: 'address',
      address: {
        linkIndex: 4,
        address: { family: 4, value: 0xc0000201n },
        prefixLength: 24,
        scope: 0,
        tentative: false,
      },
    })
    expect(eventOf('ipv6TentativeAddress')).to.deep.equal({
      type: 'address',
      address: { linkIndex: 4, address: { family: 6, value }, prefixLength: 64, scope: 0, tentative: true },
    })
  })

  const routes = [
    ['defaultRoute', 'unicast 0.0.0.0/0 metric 7 via 192.0.2.9 link 4'],
    ['multipathRoute', 'unicast 198.51.100.0/24 via 192.0.2.2 link 4 via 192.0.2.3 link 4 weight 2'],
    ['ipv4RouteViaIpv6', 'unicast 203.0.113.0/24 via fe80::9 link 4'],
    ['blackholeRoute', 'blackhole 10.9.0.0/16'],
    ['ipv6Route', 'unicast 2001:db8:1::/48 metric 1024 via 2001:db8::2 link 4'],
  ] as const
  for (const [name, text] of routes) {
    it(`tells of a route: ${text}`, () => {
      const event = eventOf(name)
      if (event?.type !== 'route') expect.fail(`${event?.type}`)
      expect(formatRoute(event.route)).to.equal(text)
      expect(event.route).to.include({ table: 254, protocol: 3, scope: 0, preferredSource: undefined })
    })
  }

  it('tells of neighbours', () => {
    const address = { family: 4, value: 0xc0000205n }
    const hardwareAddress = Uint8Array.of(2, 0, 0, 0, 0, 5)
    const neighbour = { linkIndex: 4, address, hardwareAddress, state: 'permanent', router: false }
    expect(eventOf('neighbour')).to.deep.equal({ type: 'neighbour', neighbour })
    expect(eventOf('removedNeighbour')).to.deep.equal({
      type: 'neighbour-removed',
      neighbour: { ...neighbour, hardwareAddress: undefined, state: 'failed' },
    })
    const router = eventOf('ipv6Router')
    expect(router).to.have.nested.property('neighbour.router', true)
  })

  it('tells nothing when it is a forwarding entry of a bridge', () => {
    expect(eventOf('bridgeForwardingEntry')).to.equal(undefined)
  })

  it('may come with others in one datagram', () => {
    const datagram = Buffer.from(captured.ipv4Address + captured.defaultRoute + captured.neighbour, 'hex')
    expect(eventsIn(datagram).map((event) => event?.type)).to.deep.equal(['address', 'route', 'neighbour'])
  })

  it('leaves hardware addresses that outlive the datagram', () => {
    for (const name of ['linkInBridge', 'neighbour'] as const) {
      const datagram = Buffer.from(captured[name], 'hex')
      const event = eventsIn(datagram)[0]
      const before = JSON.stringify(event, printable)
      datagram.fill(0xff)
      expect(JSON.stringify(event, printable)).to.equal(before)
    }
  })

  it('throws the bounds error wherever it is cut off', () => {
    for (const hex of Object.values(captured)) {
      const whole = Buffer.from(hex, 'hex')
      for (let length = 1; length < whole.length; length++) {
        expect(() => eventsIn(whole.subarray(0, length)), `${length} of ${whole.length}`).to.throw(BoundsError)
      }
    }
  })

  it('throws the bounds error when an attribute claims more than is there', () => {
    const lying = message(20, Buffer.concat([Buffer.of(2, 24, 0, 0), u32(4), u16(9), u16(2), Buffer.alloc(4)]))
    expect(() => eventsIn(lying)).to.throw(BoundsError)
    const tooShort = message(20, Buffer.concat([Buffer.of(2, 24, 0, 0), u32(4), u16(3), u16(2)]))
    expect(() => eventsIn(tooShort)).to.throw(BoundsError)
  })

  it('never makes a decoder loop or fail in another way than out of bounds or out of range', () => {
    const types = fc.constantFrom(16, 17, 20, 24, 28, 29)
    const body = fc.tuple(fc.constantFrom(0, 2, 10), fc.uint8Array({ maxLength: 120 }))
    fc.assert(
      fc.property(types, body, (type, [family, rest]) => {
        try {
          eventsIn(message(type, Buffer.concat([u8(family), rest])))
        } catch (error) {
          expect(error).to.satisfy((fault: unknown) => fault instanceof BoundsError || fault instanceof RangeError)
        }
      }),
      limits,
    )
  })
})

describe('netlink framing', () => {
  const messages = fc.record({
    type: fc.nat(0xffff),
    flags: fc.nat(0xffff),
    sequence: fc.nat(0xffffffff),
    body: fc.uint8Array({ maxLength: 50 }),
  })

  it('gives each message as it was encoded', () => {
    fc.assert(
      fc.property(fc.array(messages, { maxLength: 5 }), (list) => {
        const decoded = [...decodeMessages(Buffer.concat(list.map((one) => padded(encodeMessage(one)))))]
        expect(decoded.map(({ body, ...header }) => ({ ...header, body: [...body.rest()] }))).to.deep.equal(
          list.map((one) => ({ ...one, body: [...one.body] })),
        )
      }),
      limits,
    )
  })

  it('encodes as the slow twin does', () => {
    fc.assert(
      fc.property(messages, (one) => {
        expect(padded(encodeMessage(one))).to.deep.equal(message(one.type, one.body, one))
      }),
      limits,
    )
  })

  it('gives each attribute, padded or not, whatever the bits above its type', () => {
    const bytes = Buffer.concat([attributes([attribute(1, Buffer.of(1, 2, 3)), attribute(0x8002, Buffer.of(4))])])
    const decoded = decodeAttributes(new Reader(bytes.subarray(0, bytes.length - 3)))
    expect([...decoded].map(([type, value]) => [type, [...value.rest()]])).to.deep.equal([
      [1, [1, 2, 3]],
      [2, [4]],
    ])
  })
})

describe('a table entry', () => {
  const macs = fc.uint8Array({ minLength: 6, maxLength: 6 })

  it('that is a link is decoded to what the twin encoded', () => {
    const links = fc.record({
      index: fc.nat(0x7fffffff),
      flags: fc.nat(0x1ffff),
      name: fc.stringMatching(/^[a-z0-9.@-]{1,15}$/),
      mtu: fc.nat(65536),
      master: fc.option(fc.nat(1000), { nil: undefined }),
      mac: fc.option(macs, { nil: undefined }),
      kind: fc.option(fc.constantFrom('veth', 'bridge'), { nil: undefined }),
    })
    fc.assert(
      fc.property(links, ({ index, flags, name, mtu, master, mac, kind }) => {
        const list = [attribute(3, Buffer.from(`${name}\0`)), attribute(4, u32(mtu))]
        if (master !== undefined) list.push(attribute(10, u32(master)))
        if (mac !== undefined) list.push(attribute(1, mac))
        if (kind !== undefined) list.push(attribute(18, attributes([attribute(1, Buffer.from(kind))])))
        const header = [Buffer.of(0, 0, 1, 0), u32(index), u32(flags), u32(0)]
        expect(decodeLink(readerOf(header, list))).to.deep.equal({
          ...{ index, name, flags, mtu, master, kind },
          hardwareAddress: mac,
          up: Boolean(flags & 1),
          broadcast: Boolean(flags & 2),
          loopback: Boolean(flags & 8),
          noArp: Boolean(flags & 0x80),
          lowerUp: Boolean(flags & 0x10000),
        })
      }),
      limits,
    )
  })

  it('that is an address is the local one, not the peer of a point-to-point link', () => {
    fc.assert(
      fc.property(addresses, addresses, fc.nat(32), fc.boolean(), (own, peer, prefixLength, tentative) => {
        fc.pre(own.family === peer.family)
        const header = [Buffer.of(own.family === 4 ? 2 : 10, prefixLength, 0, 253), u32(7)]
        const list = [
          attribute(1, addressToBytes(peer)),
          attribute(2, addressToBytes(own)),
          attribute(8, u32(tentative ? 0x40 : 0x80)),
        ]
        expect(decodeLinkAddress(readerOf(header, list))).to.deep.equal({
          ...{ linkIndex: 7, address: own, prefixLength, scope: 253, tentative },
        })
      }),
      limits,
    )
  })

  it('that is a neighbour is decoded to what the twin encoded', () => {
    const states = fc.constantFrom(
      [1, 'incomplete'],
      [2, 'reachable'],
      [4, 'stale'],
      [8, 'delay'],
      [16, 'probe'],
      [32, 'failed'],
    )
    fc.assert(
      fc.property(addresses, macs, states, fc.boolean(), (address, mac, [number, state], router) => {
        const family = Buffer.of(address.family === 4 ? 2 : 10, 0, 0, 0)
        const header = [family, u32(3), u16(Number(number)), Buffer.of(router ? 0x80 : 0, 1)]
        const list = [attribute(1, addressToBytes(address)), attribute(2, mac)]
        expect(decodeNeighbour(readerOf(header, list))).to.deep.equal({
          ...{ linkIndex: 3, address, hardwareAddress: mac, state, router },
        })
      }),
      limits,
    )
  })

  it('that is a route has its table from the attribute when the number is too large for the header', () => {
    const header = [Buffer.of(2, 0, 0, 0, 252, 4, 0, 1), u32(0)]
    const route = decodeRoute(readerOf(header, [attribute(15, u32(1000)), attribute(4, u32(9))]))
    expect(route).to.include({ table: 1000, protocol: 4 })
    expect(route?.nextHops).to.deep.equal([{ linkIndex: 9, gateway: undefined, weight: 1 }])
  })
})

function readerOf(header: readonly Uint8Array[], list: readonly Attribute[]): Reader {
  return new Reader(Buffer.concat([...header, attributes(list)]))
}

function formatRoute({ type, destination, metric, nextHops }: Route): string {
  const hops = nextHops.map(({ gateway, linkIndex, weight }) => {
    const via = gateway ? ` via ${formatAddress(gateway)}` : ''
    return `${via} link ${linkIndex}${weight > 1 ? ` weight ${weight}` : ''}`
  })
  return `${type} ${formatPrefix(destination)}${metric === undefined ? '' : ` metric ${metric}`}${hops.join('')}`
}

function printable(_key: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return formatMac(value)
  return typeof value === 'bigint' ? value.toString() : value
}
