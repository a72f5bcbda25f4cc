import { expect } from 'chai'
import { type Address, addressFromBytes, formatAddress, parseAddress } from '../../net/address.ts'
import { formatMac, parseMac } from '../../net/mac.ts'
import { AnnouncementBook, type Interfaces, type Role } from './book.ts'
import { encodeIcmpv6Frame, type Icmpv6Frame, icmpv6Offset, messageEnd, multicastMac } from './icmpv6.ts'
import { solicitedNodeGroup } from './ndp.ts'
import { answerNdp, type NdpSilence } from './ndp-answer.ts'
import { advertisementFrame, type NdpStation } from './ndp-frames.ts'

const station: NdpStation = {
  interfaceName: 'eth0',
  mac: parseMac('02:42:ac:11:00:02'),
  linkLocal: parseAddress('fe80::42:acff:fe11:2'),
}
const ours = parseAddress('2001:db8::a')
const client = { mac: parseMac('02:00:00:00:00:98'), address: parseAddress('fe80::1') }

const message = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'))
const withoutOption = '870000000000000020010db800000000000000000000000a'
const solicitation = `${withoutOption}0101020000000099`
const group: Address = solicitedNodeGroup(ours)

const request: Icmpv6Frame = {
  destinationMac: multicastMac(group),
  sourceMac: client.mac,
  hopLimit: 255,
  source: client.address,
  destination: group,
  message: message(solicitation),
}

/** One that was used before. */
const usedReply = () => advertisementFrame(parseAddress('2001:db8::ffff'), station)

function ask(
  changes: Partial<Icmpv6Frame>,
  interfaces: Interfaces = 'all',
  book = new AnnouncementBook(),
  reply = usedReply(),
): string {
  book.hold('app/a', ours, interfaces)
  if (book.find(ours)!.role === 'nobody') book.cast(ours, 'own')
  const frame = encodeIcmpv6Frame({ ...request, ...changes })
  const verdict = answerNdp(frame, frame.length, station, book, reply)
  return typeof verdict === 'string' ? verdict : 'answer'
}

function replyTo(changes: Partial<Icmpv6Frame>, role: Role = 'own') {
  const book = new AnnouncementBook()
  book.hold('app/a', ours, 'all')
  book.cast(ours, role)
  const reply = usedReply()
  expect(ask(changes, 'all', book, reply)).to.equal('answer')
  return read(reply)
}

/** Its checksum shown as 0 once it was found right. */
function read(frame: Uint8Array) {
  expect(messageEnd(frame, frame.length)).to.equal(frame.length)
  const message = Buffer.from(frame.subarray(icmpv6Offset.type))
  message.writeUInt16BE(0, 2)
  return {
    to: `${formatAddress(addressFromBytes(frame.subarray(38, 54)))} at ${formatMac(frame.subarray(0, 6))}`,
    from: `${formatAddress(addressFromBytes(frame.subarray(22, 38)))} at ${formatMac(frame.subarray(6, 12))}`,
    hopLimit: frame[icmpv6Offset.hopLimit],
    message: message.toString('hex'),
  }
}

const advertisement = (flags: string) => `88000000${flags}20010db800000000000000000000000a02010242ac110002`

const silent: [sentence: string, changes: Partial<Icmpv6Frame>, kind: NdpSilence][] = [
  ['leaves alone what a router may have forwarded', { hopLimit: 254 }, 'hop-limit'],
  ['leaves alone other messages', { message: message('85000000000000000101020000000099') }, 'not-a-solicitation'],
  ['leaves alone what it cannot read', { message: message(solicitation.slice(0, 40)) }, 'unreadable'],
  ['leaves alone frames for another host', { destinationMac: client.mac }, 'ethernet-destination'],
  [
    'leaves alone solicitations for an address of somebody else',
    { message: message(solicitation.replace('000a0101', '000b0101')) },
    'not-announced',
  ],
]

describe('answerNdp', () => {
  for (const [sentence, changes, kind] of silent) {
    it(sentence, () => {
      expect(ask(changes)).to.equal(kind)
    })
  }

  it('answers the one who asks, at the MAC that it names', () => {
    expect(replyTo({})).to.deep.equal({
      to: 'fe80::1 at 02:00:00:00:00:99',
      from: 'fe80::42:acff:fe11:2 at 02:42:ac:11:00:02',
      hopLimit: 255,
      message: advertisement('40000000'),
    })
  })

  it('answers one who names no MAC, at the MAC it sends from', () => {
    expect(replyTo({ message: message(withoutOption) }).to).to.equal('fe80::1 at 02:00:00:00:00:98')
  })

  it('answers one who asks us alone whether we are still there (RFC 4861 s7.3.3)', () => {
    expect(replyTo({ destinationMac: station.mac, destination: ours }).message).to.equal(advertisement('40000000'))
  })

  it('tells all nodes when somebody looks for duplicates (RFC 4862 s5.4.3)', () => {
    expect(replyTo({ message: message(withoutOption), source: parseAddress('::') })).to.include({
      to: 'ff02::1 at 33:33:00:00:00:01',
      message: advertisement('00000000'),
    })
  })

  it("names another node's MAC when it stands in for it, and sends from its own", () => {
    const { message, from } = replyTo({}, { mac: () => parseMac('02:00:00:00:00:77') })
    expect(message).to.equal(advertisement('40000000').replace('0242ac110002', '020000000077'))
    expect(from).to.include(' at 02:42:ac:11:00:02')
  })

  it('heeds no search for duplicates that names a MAC, or is for one node alone (RFC 4861 s7.1.1)', () => {
    const search = { source: parseAddress('::') }
    expect(ask({ ...search, message: message(withoutOption) })).to.equal('answer')
    expect(ask(search)).to.equal('unreadable')
    expect(ask({ ...search, message: message(withoutOption), destination: ours })).to.equal('unreadable')
  })

  it('answers only on interfaces that a holder allows', () => {
    expect(ask({}, ['eth7'])).to.equal('wrong-interface')
    expect(ask({}, ['eth7', 'eth0'])).to.equal('answer')
  })

  it('counts the solicitations that it answers, and only those; the answers count when they are sent', () => {
    const book = new AnnouncementBook()
    ask({}, 'all', book)
    ask({ hopLimit: 1 }, 'all', book)
    expect(book.counters().get('2001:db8::a')).to.include({ requestsReceived: 1, responsesSent: 0 })
  })
})

describe('advertisementFrame', () => {
  it('tells all nodes to replace what they know', () => {
    expect(read(advertisementFrame(ours, station))).to.include({
      to: 'ff02::1 at 33:33:00:00:00:01',
      message: advertisement('20000000'),
    })
  })
})
