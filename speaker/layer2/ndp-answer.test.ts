import { expect } from 'chai'
import { type Address, formatAddress, parseAddress } from '../../net/address.ts'
import { formatMac, parseMac } from '../../net/mac.ts'
import { AnnouncementBook, type Interfaces } from './book.ts'
import { encodeIcmpv6Frame, type Icmpv6Frame, multicastMac } from './icmpv6.ts'
import { allNodes, solicitedNodeGroup } from './ndp.ts'
import { advertisementFrame, answerNdp, type NdpStation, type NdpVerdict } from './ndp-answer.ts'

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

function ask(changes: Partial<Icmpv6Frame>, interfaces: Interfaces = 'all', book = new AnnouncementBook()): NdpVerdict {
  book.hold('app/a', ours, interfaces)
  return answerNdp(encodeIcmpv6Frame({ ...request, ...changes }), station, book)
}

function replyTo(changes: Partial<Icmpv6Frame>) {
  const verdict = ask(changes)
  if (verdict.kind !== 'answer') throw new Error(verdict.kind)
  const { destinationMac, destination, source, hopLimit, message } = verdict.reply
  return {
    to: `${formatAddress(destination)} at ${formatMac(destinationMac)}`,
    from: formatAddress(source),
    hopLimit,
    message: Buffer.from(message).toString('hex'),
  }
}

const advertisement = (flags: string) => `88000000${flags}20010db800000000000000000000000a02010242ac110002`

const silent: [sentence: string, changes: Partial<Icmpv6Frame>, kind: NdpVerdict['kind']][] = [
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
      expect(ask(changes).kind).to.equal(kind)
    })
  }

  it('answers the one who asks, at the MAC that it names', () => {
    expect(replyTo({})).to.deep.equal({
      to: 'fe80::1 at 02:00:00:00:00:99',
      from: 'fe80::42:acff:fe11:2',
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

  it('answers only on interfaces that a holder allows', () => {
    expect(ask({}, ['eth7']).kind).to.equal('wrong-interface')
    expect(ask({}, ['eth7', 'eth0']).kind).to.equal('answer')
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
    const frame = advertisementFrame(ours, station)
    expect(frame.destination).to.deep.equal(allNodes)
    expect(Buffer.from(frame.message).toString('hex')).to.equal(advertisement('20000000'))
  })
})
