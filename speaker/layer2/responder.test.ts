import { expect } from 'chai'
import { parseAddress } from '../../net/address.ts'
import { parseMac } from '../../net/mac.ts'
import { arpOperation, broadcastMac, encodeArpFrame } from './arp.ts'
import { ArpResponder } from './arp-responder.ts'
import { AnnouncementBook } from './book.ts'
import { encodeIcmpv6Frame } from './icmpv6.ts'
import { NdpResponder } from './ndp-responder.ts'
import { guard, type Responder, sendAll } from './responder.ts'
import { FakeSocket } from './testing/fake-socket.ts'

const ENOBUFS = 105
const ENETDOWN = 100
const client = parseMac('02:00:00:00:00:99')

const arpRequest = encodeArpFrame({
  ...{ destination: broadcastMac, source: client, operation: arpOperation.request },
  ...{ senderMac: client, senderAddress: 0xc0000201, targetMac: new Uint8Array(6), targetAddress: 0xc000020a },
})

const solicitation = encodeIcmpv6Frame({
  ...{ destinationMac: parseMac('33:33:ff:00:00:10'), sourceMac: client, hopLimit: 255 },
  ...{ source: parseAddress('fe80::99'), destination: parseAddress('ff02::1:ff00:10') },
  message: Buffer.from('870000000000000020010db8000000000000000000000010', 'hex'),
})

describe('sendAll', () => {
  const messages = Array.from({ length: 200 }, (_, i) => ({ data: Uint8Array.of(i) }))

  it('sends all in batches', () => {
    const socket = new FakeSocket()
    expect(sendAll(socket.asSocket(), messages)).to.equal(200)
    expect(socket.sent).to.deep.equal(messages.map(({ data }) => data))
  })

  for (const errno of [{}, { full: ENOBUFS }]) {
    it(`tells how many were taken when there is no room for more (${JSON.stringify(errno)})`, () => {
      const socket = Object.assign(new FakeSocket(), { room: 100, errno })
      expect(sendAll(socket.asSocket(), messages)).to.equal(100)
      expect(socket.sent).to.have.length(100)
    })
  }

  it('throws other errors', () => {
    const socket = Object.assign(new FakeSocket(), { errno: { always: ENETDOWN } })
    expect(() => sendAll(socket.asSocket(), messages)).to.throw('sendmmsg')
  })
})

describe('guard', () => {
  it('closes and reports a responder that fails, once, and runs nothing after that', () => {
    const log: string[] = []
    const responder = { close: () => log.push('closed') } as unknown as Responder
    const guarded = guard(responder, (error) => log.push(error.message))
    guarded(() => log.push('ran'))
    for (let i = 0; i < 3; i++) {
      guarded(() => {
        throw new Error(`failed ${i}`)
      })
    }
    guarded(() => log.push('ran'))
    expect(log).to.deep.equal(['ran', 'closed', 'failed 0'])
  })
})

const protocols = [
  { Kind: ArpResponder, address: '192.0.2.10', request: arpRequest, framesEach: 2 },
  { Kind: NdpResponder, address: '2001:db8::10', request: solicitation, framesEach: 1 },
] as const

for (const { Kind, address, request, framesEach } of protocols) {
  describe(Kind.name, () => {
    function start(socket: FakeSocket) {
      const book = new AnnouncementBook()
      const holding = book.hold('app/a', parseAddress(address), 'all')
      const errors: Error[] = []
      const responder = new Kind({
        interface: {
          ...{ index: 1, name: 'eth0', arp: true, mac: parseMac('02:00:00:00:00:01') },
          linkLocal: parseAddress('fe80::1'),
        },
        book,
        clock: { setTimeout: () => 0, clearTimeout: () => undefined },
        onError: (error) => errors.push(error),
        open: () => socket.asSocket(),
      })
      return { responder, holding, errors }
    }

    it('counts the answers that the socket takes, and only those', () => {
      const socket = Object.assign(new FakeSocket(), { room: 2 })
      const { holding, errors } = start(socket)
      socket.deliver(request, request, request)
      expect(socket.sent).to.have.length(2)
      expect(holding.counters).to.deep.equal({ requestsReceived: 3, responsesSent: 2, gratuitousSent: 0 })
      expect(errors).to.deep.equal([])
    })

    it('counts the announcements that the socket takes, and only those', () => {
      const socket = Object.assign(new FakeSocket(), { room: framesEach })
      const { responder, holding } = start(socket)
      responder.announce([holding])
      responder.announce([holding])
      expect(holding.counters.gratuitousSent).to.equal(framesEach)
    })

    it('fails once, however much is asked of it afterwards', () => {
      const socket = Object.assign(new FakeSocket(), { errno: { always: ENETDOWN } })
      const { responder, holding, errors } = start(socket)
      for (let i = 0; i < 3; i++) responder.announce([holding])
      expect(errors).to.have.length(1)
      expect(socket.closed).to.equal(true)
    })
  })
}
