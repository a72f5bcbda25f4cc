import { expect } from 'chai'
import { type Address, parseAddress } from '../../net/address.ts'
import { parseMac } from '../../net/mac.ts'
import { type AddressRange, parseRange } from '../../net/range.ts'
import { ENETDOWN } from '../../net/rawnet/constants.ts'
import { arpOperation, broadcastMac, encodeArpFrame } from './arp.ts'
import { ArpDialect } from './arp-dialect.ts'
import { AnnouncementBook } from './book.ts'
import type { Claim } from './claim.ts'
import type { Interface } from './interfaces.ts'
import { NdpDialect } from './ndp-dialect.ts'
import { advertisementFrame, searchFrame, solicitationFrame } from './ndp-frames.ts'
import type { openPacketSocket } from './packet-socket.ts'
import { Responder } from './responder.ts'
import { FakeSocket } from './testing/fake-socket.ts'

const at: Interface = {
  ...{ index: 1, name: 'eth0', arp: true, carrier: true, mac: parseMac('02:00:00:00:00:01') },
  linkLocal: parseAddress('fe80::1'),
}
const client = { interfaceName: 'eth0', mac: parseMac('02:00:00:00:00:99'), linkLocal: parseAddress('fe80::99') }

const arp = (operation: 'request' | 'reply', sender: string, target: string, destination = broadcastMac) =>
  encodeArpFrame({
    ...{ destination, source: client.mac, operation: arpOperation[operation] },
    ...{ senderMac: client.mac, senderAddress: Number(parseAddress(sender).value), targetMac: new Uint8Array(6) },
    targetAddress: Number(parseAddress(target).value),
  })

const advertisement = advertisementFrame(parseAddress('2001:db8::10'), client)

interface Row {
  readonly kind: 'arp' | 'ndp'
  readonly address: Address
  readonly request: Uint8Array
  readonly framesEach: number
}

const rows: readonly Row[] = [
  {
    ...{ kind: 'arp', address: parseAddress('192.0.2.10'), framesEach: 2 },
    request: arp('request', '192.0.2.1', '192.0.2.10'),
  },
  {
    ...{ kind: 'ndp', address: parseAddress('2001:db8::10'), framesEach: 1 },
    request: solicitationFrame(parseAddress('2001:db8::10'), at.mac, client),
  },
]

const flush = () => new Promise<void>((resolve) => queueMicrotask(resolve))

function start({ kind, address }: Pick<Row, 'kind' | 'address'>, socket = new FakeSocket()) {
  const book = new AnnouncementBook()
  const holding = book.hold('app/a', address, 'all')
  book.cast(address, 'own')
  const errors: Error[] = []
  const claims: Claim[] = []
  const options = {
    ...{ interface: at, dialect: kind === 'arp' ? new ArpDialect(at) : new NdpDialect(at), book },
    ranges: [] as AddressRange[],
    clock: { setTimeout: () => 0, clearTimeout: () => undefined },
    onClaim: (claim: Claim) => void claims.push(claim),
    onError: (error: Error) => void errors.push(error),
    open: (() => socket.asSocket()) as typeof openPacketSocket,
  }
  return { responder: new Responder(options), book, holding, socket, errors, claims }
}

for (const row of rows) {
  describe(`a responder of ${row.kind}`, () => {
    it('counts the answers that the socket takes, and only those', () => {
      const socket = Object.assign(new FakeSocket(), { room: 2 })
      const { holding, errors } = start(row, socket)
      socket.deliver(row.request, row.request, row.request)
      expect(socket.sent).to.have.length(2)
      expect(holding.counters).to.deep.equal({ requestsReceived: 3, responsesSent: 2, gratuitousSent: 0 })
      expect(errors).to.deep.equal([])
    })

    it('answers each of a batch for itself', () => {
      const { socket, book } = start(row)
      const other: Address = { ...row.address, value: row.address.value + 1n }
      book.hold('app/b', other, 'all')
      socket.deliver(row.request, row.request, row.request)
      book.cast(row.address, { mac: () => parseMac('02:00:00:00:00:77') })
      socket.deliver(row.request)
      expect(socket.sent[0]).to.deep.equal(socket.sent[2])
      expect(socket.sent[3]).not.to.deep.equal(socket.sent[2])
    })

    it('counts the announcements that the socket takes, and only those', async () => {
      const socket = Object.assign(new FakeSocket(), { room: row.framesEach })
      const { responder, holding } = start(row, socket)
      responder.announce([holding])
      await flush()
      responder.announce([holding])
      await flush()
      expect(holding.counters.gratuitousSent).to.equal(row.framesEach)
    })

    it('announces no address that it answers for another node, or not at all', async () => {
      const { responder, holding, book, socket } = start(row)
      for (const role of ['nobody', { mac: () => client.mac }] as const) {
        book.cast(row.address, role)
        responder.announce([holding])
        await flush()
      }
      expect(socket.sent).to.have.length(0)
    })

    it('announces and asks for no address that was let go meanwhile', async () => {
      const { responder, holding, book, socket } = start(row)
      responder.announce([holding])
      responder.probe([holding])
      book.release('app/a')
      await flush()
      expect(socket.sent).to.have.length(0)
    })

    it('takes a full socket for no failure', () => {
      const socket = Object.assign(new FakeSocket(), { room: 0 })
      const { responder, errors } = start(row, socket)
      responder.solicit(row.address, client.mac)
      expect(errors).to.deep.equal([])
    })

    it('fails once, however much is asked of it afterwards', async () => {
      const socket = Object.assign(new FakeSocket(), { errno: { always: ENETDOWN } })
      const { responder, holding, errors } = start(row, socket)
      for (let i = 0; i < 3; i++) {
        responder.announce([holding])
        responder.solicit(row.address, client.mac)
        await flush()
      }
      expect(errors).to.have.length(1)
      expect(socket.closed).to.equal(true)
    })

    it('may be closed by whoever hears of a claim', () => {
      const { responder, socket, errors, claims } = start(row)
      claims.push = () => {
        responder.close()
        return 1
      }
      socket.deliver(row.kind === 'arp' ? arp('reply', '10.0.0.1', '10.0.0.2', at.mac) : advertisement)
      expect(socket.closed).to.equal(true)
      expect(errors).to.deep.equal([])
    })

    it('takes the first filter for which the kernel has room, and fails when it has none', () => {
      const { responder, socket, errors } = start(row)
      const ranges = Array.from({ length: 100 }, (_, i) =>
        parseRange(row.kind === 'arp' ? `10.0.${i}.1/32` : `2001:db8:${i + 1}::1/128`),
      )
      responder.setRanges(ranges)
      const exact = socket.filter!.length
      socket.longestFilter = exact / 2
      responder.setRanges(ranges)
      expect(socket.filter!.length).to.be.at.most(exact / 2)
      socket.longestFilter = 8
      responder.setRanges(ranges)
      expect(errors.map((error) => (error as { code?: string }).code)).to.deep.equal(['ENOMEM'])
    })
  })
}

describe('claims that a responder hears', () => {
  const ours = '192.0.2.10'
  const told = { mac: '02:00:00:00:00:99', sender: '02:00:00:00:00:99', interface: 'eth0' }
  const arpClaims: [sentence: string, frame: Uint8Array, address: string | undefined, kind?: Claim['kind']][] = [
    ['an announcement as a request', arp('request', ours, ours), ours, 'announcement'],
    ['an announcement as a reply', arp('reply', ours, ours), ours, 'announcement'],
    ['a reply to us', arp('reply', ours, '0.0.0.0', at.mac), ours, 'reply'],
    [
      'a reply to us about an address not in the book',
      arp('reply', '10.0.0.1', '10.0.0.2', at.mac),
      '10.0.0.1',
      'reply',
    ],
    ['a probe', arp('request', '0.0.0.0', ours), ours, 'probe'],
    ['somebody who uses an address', arp('request', ours, '10.0.0.1'), ours, 'use'],
    ['nothing in a plain request', arp('request', '10.0.0.1', ours), undefined],
    ['nothing in an announcement of another address', arp('reply', '10.0.0.1', '10.0.0.1'), undefined],
    ['nothing in a reply from no address', arp('reply', '0.0.0.0', '10.0.0.1', at.mac), undefined],
  ]
  for (const [sentence, frame, address, kind] of arpClaims) {
    it(`are ${sentence}`, () => {
      const { socket, claims } = start(rows[0]!)
      socket.deliver(frame)
      const expected = address === undefined ? [] : [{ ...told, address: parseAddress(address), kind }]
      expect(claims).to.deep.equal(expected)
    })
  }

  it('tell the MAC that is claimed and whose frame it was: a stand-in names another than its own', () => {
    const { socket, claims } = start(rows[0]!)
    const frame = arp('reply', ours, '0.0.0.0', at.mac)
    frame.set(parseMac('02:00:00:00:00:55'), 6)
    socket.deliver(frame)
    expect(claims[0]).to.include({ mac: '02:00:00:00:00:99', sender: '02:00:00:00:00:55' })
  })

  const about = parseAddress('2001:db8::10')
  const asReply = (frame: Uint8Array): Uint8Array => {
    const reply = Uint8Array.from(frame)
    reply.set(at.mac)
    return reply
  }
  const ndpClaims: [sentence: string, frame: Uint8Array, kind?: Claim['kind']][] = [
    ['an advertisement to all', advertisement, 'announcement'],
    ['a reply to us', asReply(advertisement), 'reply'],
    ['a search for duplicates', searchFrame(about, client.mac), 'probe'],
    [
      'somebody who uses an address',
      solicitationFrame(parseAddress('fe80::5'), broadcastMac, { ...client, linkLocal: about }),
      'use',
    ],
    ['nothing in a plain solicitation', rows[1]!.request],
    ['nothing in an advertisement of another address', advertisementFrame(parseAddress('2001:db8::11'), client)],
  ]
  for (const [sentence, frame, kind] of ndpClaims) {
    it(`are ${sentence} (IPv6)`, () => {
      const { socket, claims } = start(rows[1]!)
      socket.deliver(frame)
      expect(claims).to.deep.equal(kind === undefined ? [] : [{ ...told, address: about, kind }])
    })
  }

  it('are no advertisement that a router forwarded', () => {
    const { socket, claims } = start(rows[1]!)
    const frame = Uint8Array.from(advertisement)
    frame[21] = 254
    socket.deliver(frame)
    expect(claims).to.deep.equal([])
  })

  it('are a reply when a speaker answers a search for duplicates, which it does to all', () => {
    const { socket } = start(rows[1]!)
    socket.deliver(searchFrame(about, client.mac))
    const elsewhere = start(rows[1]!)
    elsewhere.socket.deliver(socket.sent[0]!)
    expect(elsewhere.claims[0]).to.include({ kind: 'reply', mac: '02:00:00:00:00:01' })
  })
})
