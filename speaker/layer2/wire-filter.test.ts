import { expect } from 'chai'
import { type Address, parseAddress } from '../../net/address.ts'
import { parseMac } from '../../net/mac.ts'
import { type AddressRange, parseRange } from '../../net/range.ts'
import { arpOperation, broadcastMac, encodeArpFrame } from './arp.ts'
import { encodeIcmpv6Frame, multicastMac } from './icmpv6.ts'
import { encodeNeighborAdvertisement, encodeNeighborSolicitation } from './ndp.ts'
import { type Arrival, accepts } from './testing/classic-bpf.ts'
import { wireFilters } from './wire-filter.ts'

const own = parseMac('02:00:00:00:00:01')
const other = parseMac('02:00:00:00:00:99')
const [forUs, broadcast, multicast, forAnother] = [0, 1, 2, 3]

const ranges = [
  '192.0.2.8-192.0.2.15',
  '198.51.100.0/24',
  '203.0.113.7/32',
  '2001:db8::8-2001:db8::f',
  '2001:db8:1::/48',
]

const filter = (protocol: 'arp' | 'ndp', pools: readonly AddressRange[] = ranges.map(parseRange)): Uint8Array => {
  const [first] = wireFilters(protocol, { interfaceIndex: 7, mac: own, ranges: pools })
  return first!
}

const number = (text: string): number => Number(parseAddress(text).value)

interface Arp {
  operation: 'request' | 'reply'
  sender: string
  target: string
  source?: Uint8Array
}

const arp = ({ operation, sender, target, source = other }: Arp): Buffer =>
  Buffer.from(
    encodeArpFrame({
      ...{ destination: broadcastMac, source, operation: arpOperation[operation], senderMac: source, targetMac: own },
      ...{ senderAddress: number(sender), targetAddress: number(target) },
    }),
  )

const arpRows: [sentence: string, frame: Arp, packetType: number, passes: boolean][] = [
  [
    'a request for an address of the pools',
    { operation: 'request', sender: '10.0.0.1', target: '192.0.2.8' },
    broadcast,
    true,
  ],
  ['one for the last of a range', { operation: 'request', sender: '10.0.0.1', target: '192.0.2.15' }, broadcast, true],
  ['one for a pool of one address', { operation: 'request', sender: '10.0.0.1', target: '203.0.113.7' }, forUs, true],
  ['a probe', { operation: 'request', sender: '0.0.0.0', target: '198.51.100.255' }, broadcast, true],
  ['a request below a range', { operation: 'request', sender: '10.0.0.1', target: '192.0.2.7' }, broadcast, false],
  ['one above it', { operation: 'request', sender: '10.0.0.1', target: '192.0.2.16' }, broadcast, false],
  [
    'a request from an address of the pools',
    { operation: 'request', sender: '192.0.2.9', target: '10.0.0.1' },
    broadcast,
    true,
  ],
  ['an announcement as a reply', { operation: 'reply', sender: '192.0.2.9', target: '192.0.2.9' }, broadcast, true],
  [
    'a reply to all about another address',
    { operation: 'reply', sender: '10.0.0.1', target: '10.0.0.1' },
    broadcast,
    false,
  ],
  ['a reply to us about any address', { operation: 'reply', sender: '10.0.0.1', target: '10.0.0.2' }, forUs, true],
  [
    'a request to us for another address',
    { operation: 'request', sender: '10.0.0.1', target: '10.0.0.2' },
    forUs,
    false,
  ],
  ['what is for another MAC', { operation: 'request', sender: '10.0.0.1', target: '192.0.2.8' }, forAnother, false],
  ['our own', { operation: 'request', sender: '192.0.2.8', target: '192.0.2.8', source: own }, broadcast, false],
]

interface Ndp {
  kind: 'solicitation' | 'advertisement'
  source: string
  target: string
  hopLimit?: number
  sourceMac?: Uint8Array
}

function ndp({ kind, source, target, hopLimit = 255, sourceMac = other }: Ndp): Buffer {
  const about: Address = parseAddress(target)
  const message =
    kind === 'solicitation'
      ? encodeNeighborSolicitation(about, other)
      : encodeNeighborAdvertisement({ target: about, targetMac: other, solicited: false, override: true })
  const destination = parseAddress('ff02::1')
  const headers = { destinationMac: multicastMac(destination), sourceMac, hopLimit, source: parseAddress(source) }
  return Buffer.from(encodeIcmpv6Frame({ ...headers, destination, message }))
}

const ndpRows: [sentence: string, frame: Ndp, packetType: number, passes: boolean][] = [
  [
    'a solicitation for an address of the pools',
    { kind: 'solicitation', source: 'fe80::1', target: '2001:db8::8' },
    multicast,
    true,
  ],
  ['one for the last of a range', { kind: 'solicitation', source: 'fe80::1', target: '2001:db8::f' }, multicast, true],
  [
    'one in the middle of a large pool',
    { kind: 'solicitation', source: '::', target: '2001:db8:1:77::1' },
    multicast,
    true,
  ],
  [
    'a solicitation below a range',
    { kind: 'solicitation', source: 'fe80::1', target: '2001:db8::7' },
    multicast,
    false,
  ],
  ['one above it', { kind: 'solicitation', source: 'fe80::1', target: '2001:db8::10' }, multicast, false],
  [
    'one from an address of the pools',
    { kind: 'solicitation', source: '2001:db8::9', target: 'fe80::1' },
    multicast,
    true,
  ],
  ['an advertisement of one', { kind: 'advertisement', source: 'fe80::1', target: '2001:db8::9' }, multicast, true],
  [
    'an advertisement to all of another',
    { kind: 'advertisement', source: '2001:db8::9', target: 'fe80::1' },
    multicast,
    false,
  ],
  ['a reply to us about any address', { kind: 'advertisement', source: 'fe80::1', target: 'fe80::1' }, forUs, true],
  [
    'what a router forwarded',
    { kind: 'solicitation', source: 'fe80::1', target: '2001:db8::8', hopLimit: 254 },
    multicast,
    false,
  ],
  ['our own', { kind: 'solicitation', source: 'fe80::1', target: '2001:db8::8', sourceMac: own }, multicast, false],
]

const here: Arrival = { interfaceIndex: 7, packetType: broadcast }

describe('the filter of ARP sockets', () => {
  for (const [sentence, frame, packetType, passes] of arpRows) {
    it(`${passes ? 'passes' : 'drops'} ${sentence}`, () => {
      expect(accepts(filter('arp'), arp(frame), { ...here, packetType })).to.equal(passes)
    })
  }

  const request = arp({ operation: 'request', sender: '10.0.0.1', target: '192.0.2.8' })
  const changes = { 'another operation': [21, 3], 'another hardware': [15, 6], 'another protocol': [16, 0x86] } as const
  for (const [what, [offset, value]] of Object.entries(changes)) {
    it(`drops ${what}`, () => {
      const frame = Buffer.from(request)
      frame[offset] = value
      expect(accepts(filter('arp'), frame, here)).to.equal(false)
    })
  }

  it('drops what is too short to be ARP', () => {
    expect(accepts(filter('arp'), request.subarray(0, 41), here)).to.equal(false)
  })

  it('drops what came in a VLAN with an interface of its own', () => {
    expect(accepts(filter('arp'), request, { ...here, interfaceIndex: 8 })).to.equal(false)
  })

  it('passes replies to us alone while there are no pools', () => {
    const reply = arp({ operation: 'reply', sender: '10.0.0.1', target: '10.0.0.2' })
    expect(accepts(filter('arp', []), reply, { ...here, packetType: forUs! })).to.equal(true)
    expect(accepts(filter('arp', []), request, here)).to.equal(false)
  })
})

describe('the filter of NDP sockets', () => {
  for (const [sentence, frame, packetType, passes] of ndpRows) {
    it(`${passes ? 'passes' : 'drops'} ${sentence}`, () => {
      expect(accepts(filter('ndp'), ndp(frame), { ...here, packetType })).to.equal(passes)
    })
  }

  const changes = { 'echo requests': [54, 128], TCP: [20, 6] } as const
  for (const [what, [offset, value]] of Object.entries(changes)) {
    it(`drops ${what}`, () => {
      const frame = ndp({ kind: 'solicitation', source: 'fe80::1', target: '2001:db8::8' })
      frame[offset] = value
      expect(accepts(filter('ndp'), frame, here)).to.equal(false)
    })
  }
})

describe('filters over more ranges than one program holds', () => {
  /** Every other address. */
  const scattered = (count: number, family: 4 | 6): AddressRange[] =>
    Array.from({ length: count }, (_, i) => {
      const value = (family === 4 ? 0x0a000000n : 0x20010db8n << 96n) + 2n * BigInt(i)
      return { family, first: value, last: value }
    })
  const instructionBytes = 8

  for (const [protocol, family] of [
    ['arp', 4],
    ['ndp', 6],
  ] as const) {
    it(`have no more instructions than the kernel takes, each time fewer (${protocol})`, () => {
      const lengths = [...wireFilters(protocol, { interfaceIndex: 7, mac: own, ranges: scattered(2000, family) })].map(
        ({ length }) => length / instructionBytes,
      )
      expect(lengths[0]).to.be.at.most(4096).and.at.least(1000)
      expect(lengths).to.deep.equal(lengths.toSorted((a, b) => b - a))
      expect(lengths.at(-1)).to.be.at.most(60)
    })
  }

  it('miss none of the addresses', () => {
    for (const program of wireFilters('arp', { interfaceIndex: 7, mac: own, ranges: scattered(600, 4) })) {
      for (const last of [0, 2, 600, 1198]) {
        const target = `10.0.${last >> 8}.${last & 255}`
        expect(accepts(program, arp({ operation: 'request', sender: '192.0.2.1', target }), here)).to.equal(true)
      }
    }
  })
})
