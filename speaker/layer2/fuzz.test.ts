import { expect } from 'chai'
import fc from 'fast-check'
import { parseAddress } from '../../net/address.ts'
import { parseMac } from '../../net/mac.ts'
import { parseRange } from '../../net/range.ts'
import { announcementFrames, probeFrame } from './arp.ts'
import { ArpDialect } from './arp-dialect.ts'
import { AnnouncementBook } from './book.ts'
import type { Dialect } from './dialect.ts'
import type { Interface } from './interfaces.ts'
import { NdpDialect } from './ndp-dialect.ts'
import { advertisementFrame, searchFrame, solicitationFrame } from './ndp-frames.ts'
import { Responder } from './responder.ts'
import { accepts } from './testing/classic-bpf.ts'
import { FakeSocket } from './testing/fake-socket.ts'

/** Time for each of the properties below. */
const boxMillis = 300

const at: Interface = {
  ...{ index: 1, name: 'eth0', arp: true, carrier: true, mac: parseMac('02:00:00:00:00:01') },
  linkLocal: parseAddress('fe80::1'),
}
const other = { interfaceName: 'eth0', mac: parseMac('02:00:00:00:00:99'), linkLocal: parseAddress('fe80::99') }
const address4 = parseAddress('192.0.2.10')
const address6 = parseAddress('2001:db8::10')

const rows: { name: string; dialect: Dialect; good: Uint8Array[] }[] = [
  {
    ...{ name: 'ARP', dialect: new ArpDialect(at) },
    good: [...announcementFrames(other.mac, Number(address4.value)), probeFrame(other.mac, Number(address4.value))],
  },
  {
    ...{ name: 'NDP', dialect: new NdpDialect(at) },
    good: [
      solicitationFrame(address6, at.mac, other),
      searchFrame(address6, other.mac),
      advertisementFrame(address6, other),
    ],
  },
]

/** A good frame with some bytes changed, cut or lengthened; or anything at all. */
function frames(good: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const change = fc.tuple(fc.nat({ max: 90 }), fc.integer({ min: 0, max: 255 }))
  const changed = fc
    .tuple(
      fc.constantFrom(...good),
      fc.array(change, { maxLength: 4 }),
      fc.nat({ max: 100 }),
      fc.uint8Array({ maxLength: 30 }),
    )
    .map(([frame, changes, length, tail]) => {
      const bytes = Uint8Array.from([...frame.subarray(0, Math.max(14, length)), ...tail])
      for (const [offset, value] of changes) if (offset < bytes.length) bytes[offset] = value
      return bytes
    })
  return fc.oneof(changed, fc.uint8Array({ maxLength: 128 }))
}

for (const { name, dialect, good } of rows) {
  describe(`a responder of ${name}, whatever arrives`, () => {
    it('throws nothing, keeps nothing, and counts what it answers', () => {
      const book = new AnnouncementBook()
      for (const address of [address4, address6]) {
        book.hold('app/a', address, 'all')
        book.cast(address, 'own')
      }
      const socket = new FakeSocket()
      const errors: Error[] = []
      let claims = 0
      const responder = new Responder({
        ...{ interface: at, dialect, book, ranges: [], clock: { setTimeout: () => 0, clearTimeout: () => undefined } },
        onClaim: () => claims++,
        onError: (error) => errors.push(error),
        open: () => socket.asSocket(),
      })
      const batch = fc.array(frames(good), { minLength: 1, maxLength: 64 })
      const check = (received: Uint8Array[]): void => {
        const before = answers(book)
        claims = 0
        socket.sent.length = 0
        socket.deliver(...received)
        expect(errors).to.deep.equal([])
        expect(claims).to.be.at.most(received.length)
        expect(socket.sent.length).to.equal(answers(book) - before)
        for (const reply of socket.sent) expect(reply.length).to.equal(dialect.replyBlank.length)
      }
      fc.assert(fc.property(batch, check), { numRuns: 10_000, interruptAfterTimeLimit: boxMillis })
      expect([...book.holdings()]).to.have.length(2)
      expect(book.counters().size).to.equal(2)
      responder.close()
    })

    it('has a filter that drops nothing of what it would answer or heed', () => {
      const [filter] = dialect.filters([parseRange('192.0.2.0/24'), parseRange('2001:db8::/64')])
      const book = new AnnouncementBook()
      for (const address of [address4, address6]) {
        book.hold('app/a', address, 'all')
        book.cast(address, 'own')
      }
      const reply = Uint8Array.from(dialect.replyBlank)
      const check = (frame: Uint8Array): void => {
        const kind = frame.subarray(14, 20) // hardware and protocol of ARP, which the filter alone looks at
        fc.pre(dialect.family === 6 || Buffer.compare(kind, good[0]!.subarray(14, 20)) === 0)
        const packetType = packetTypeOf(frame)
        fc.pre(Buffer.compare(frame.subarray(6, 12), at.mac) !== 0 && packetType !== forAnother)
        if (accepts(filter!, Buffer.from(frame), { interfaceIndex: at.index, packetType })) return
        expect(dialect.answer(frame, frame.length, book, reply)).to.be.a('string')
        expect(dialect.claim(frame, frame.length, book)).to.equal(undefined)
      }
      fc.assert(fc.property(frames(good), check), { numRuns: 100_000, interruptAfterTimeLimit: boxMillis })
    })
  })
}

function answers(book: AnnouncementBook): number {
  return [...book.counters().values()].reduce((sum, { responsesSent }) => sum + responsesSent, 0)
}

const [forUs, multicast, forAnother] = [0, 2, 3]

function packetTypeOf(frame: Uint8Array): number {
  if (Buffer.compare(frame.subarray(0, 6), at.mac) === 0) return forUs
  return (frame[0]! & 1) === 1 ? multicast : forAnother
}
