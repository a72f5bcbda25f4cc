import { expect } from 'chai'
import fc from 'fast-check'
import { parseAddress } from '../../net/address.ts'
import { parseMac } from '../../net/mac.ts'
import { type ArpFrame, arpOperation, broadcastMac, decodeArpFrame, encodeArpFrame } from './arp.ts'
import { answerArp, arpReplyBlank } from './arp-answer.ts'
import { AnnouncementBook, type Interfaces, type Role } from './book.ts'
import type { Station } from './station.ts'

const station: Station = { interfaceName: 'eth0', mac: parseMac('02:42:ac:11:00:02') }
const client = parseMac('02:00:00:00:00:99')
const ours = 0xc000020a // 192.0.2.10

const request: ArpFrame = {
  destination: broadcastMac,
  source: client,
  operation: arpOperation.request,
  senderMac: client,
  senderAddress: 0xc0000201,
  targetMac: new Uint8Array(6),
  targetAddress: ours,
}

function bookWith(...lists: Interfaces[]): AnnouncementBook {
  const book = new AnnouncementBook()
  for (const [i, interfaces] of lists.entries()) book.hold(`app/${i}`, parseAddress('192.0.2.10'), interfaces)
  book.cast(parseAddress('192.0.2.10'), 'own')
  return book
}

function bookOf(role: Role): AnnouncementBook {
  const book = bookWith('all')
  book.cast(parseAddress('192.0.2.10'), role)
  return book
}

function ask(changes: Partial<ArpFrame>, book = bookWith('all')): { verdict: string; reply: ArpFrame } {
  const frame = encodeArpFrame({ ...request, ...changes })
  const reply = arpReplyBlank(station)
  const verdict = answerArp(frame, frame.length, station, book, reply)
  return { verdict: typeof verdict === 'string' ? verdict : 'answer', reply: decodeArpFrame(reply) }
}

const rows: { sentence: string; changes: Partial<ArpFrame>; verdict: string }[] = [
  { sentence: 'answers a request to everybody', changes: {}, verdict: 'answer' },
  { sentence: 'answers a request to its own MAC', changes: { destination: station.mac }, verdict: 'answer' },
  {
    sentence: 'leaves alone a request to another MAC',
    changes: { destination: parseMac('01:00:5e:00:00:01') },
    verdict: 'ethernet-destination',
  },
  { sentence: 'leaves alone a reply', changes: { operation: arpOperation.reply }, verdict: 'not-a-request' },
  {
    sentence: 'leaves alone an operation that only looks like a request',
    changes: { operation: 0x0101 },
    verdict: 'not-a-request',
  },
  {
    sentence: 'leaves alone a request for an address of somebody else',
    changes: { targetAddress: ours + 1 },
    verdict: 'not-announced',
  },
  { sentence: 'answers a probe (RFC 5227 s1.1)', changes: { senderAddress: 0 }, verdict: 'answer' },
  { sentence: 'answers the announcement of another host', changes: { senderAddress: ours }, verdict: 'answer' },
]

describe('answerArp', () => {
  for (const { sentence, changes, verdict } of rows) {
    it(sentence, () => {
      expect(ask(changes).verdict).to.equal(verdict)
    })
  }

  it('says that the address is at its own MAC', () => {
    expect(ask({}).reply).to.deep.equal({
      destination: client,
      source: station.mac,
      operation: arpOperation.reply,
      senderMac: station.mac,
      senderAddress: ours,
      targetMac: client,
      targetAddress: 0xc0000201,
    })
  })

  it('replies to the sender inside the ARP packet, not to that of the frame', () => {
    const senderMac = parseMac('02:00:00:00:00:bb')
    expect(ask({ senderMac }).reply.destination).to.deep.equal(senderMac)
  })

  it("names another node's MAC when it stands in for it, and sends from its own: switches learn from that", () => {
    const absent = parseMac('02:00:00:00:00:77')
    const { verdict, reply } = ask({}, bookOf({ mac: (name) => (name === 'eth0' ? absent : undefined) }))
    expect(verdict).to.equal('answer')
    expect(reply).to.deep.include({ source: station.mac, senderMac: absent, destination: client })
  })

  it('is silent for an address without a role, and where the absent node has no MAC', () => {
    expect(ask({}, bookOf('nobody')).verdict).to.equal('not-announced')
    expect(ask({}, bookOf({ mac: () => undefined })).verdict).to.equal('not-announced')
  })

  it('names its own MAC again after it has stood in', () => {
    const reply = arpReplyBlank(station)
    const frame = encodeArpFrame(request)
    const roles: Role[] = [{ mac: () => client }, 'own']
    for (const role of roles) answerArp(frame, frame.length, station, bookOf(role), reply)
    expect(decodeArpFrame(reply).senderMac).to.deep.equal(station.mac)
  })

  it('leaves nothing of an earlier reply in the next one', () => {
    const reply = arpReplyBlank(station)
    const book = bookWith('all')
    const answer = (frame: Uint8Array) => answerArp(frame, frame.length, station, book, reply)
    answer(encodeArpFrame({ ...request, senderMac: broadcastMac, senderAddress: 0xffffffff }))
    answer(encodeArpFrame(request))
    expect(decodeArpFrame(reply)).to.deep.equal(ask({}).reply)
  })

  it('answers only on interfaces that a holder allows', () => {
    expect(ask({}, bookWith(['eth1'])).verdict).to.equal('wrong-interface')
    expect(ask({}, bookWith([])).verdict).to.equal('wrong-interface')
    expect(ask({}, bookWith(['eth1', 'eth0'])).verdict).to.equal('answer')
    expect(ask({}, bookWith(['eth1'], ['eth0'])).verdict).to.equal('answer')
  })

  it('reads no frame that is cut short', () => {
    const frame = encodeArpFrame(request)
    const verdict = (length: number) => answerArp(frame, length, station, bookWith('all'), arpReplyBlank(station))
    expect(verdict(41)).to.equal('unreadable')
    expect(verdict(42)).to.include({ role: 'own' })
  })

  it('counts the requests that it answers, and only those; the answers count when they are sent', () => {
    const book = bookWith(['eth0'])
    ask({}, book)
    ask({ operation: arpOperation.reply }, book)
    expect(book.counters().get('192.0.2.10')).to.deep.equal({
      requestsReceived: 1,
      responsesSent: 0,
      gratuitousSent: 0,
    })
  })

  it('finds every IPv4 address in the book, those of the upper half too', () => {
    fc.assert(
      fc.property(fc.ipV4(), (text) => {
        const address = parseAddress(text)
        const book = new AnnouncementBook()
        book.hold('app/a', address, 'all')
        book.cast(address, 'own')
        expect(ask({ targetAddress: Number(address.value) }, book).verdict).to.equal('answer')
      }),
    )
  })
})
