import { expect } from 'chai'
import { type SinonFakeTimers, useFakeTimers } from 'sinon'
import { parseAddress } from '../../net/address.ts'
import { ENETDOWN, ENOBUFS } from '../../net/rawnet/constants.ts'
import { AnnouncementBook, type Holding } from './book.ts'
import { Outbox, outboxPace } from './outbox.ts'
import { FakeSocket } from './testing/fake-socket.ts'

/** Frames of two bytes: which of the two it is, and the last byte of the address. */
const form = {
  blanks: [Uint8Array.of(1, 0), Uint8Array.of(2, 0)],
  fill: (frame: Uint8Array, address: readonly number[]) => frame.set(address.slice(3), 1),
}

describe('Outbox', () => {
  let timers: SinonFakeTimers
  let book: AnnouncementBook
  let socket: FakeSocket
  let outbox: Outbox
  let errors: unknown[]

  beforeEach(() => {
    timers = useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'queueMicrotask'] })
    book = new AnnouncementBook()
    socket = new FakeSocket()
    errors = []
    outbox = new Outbox({
      ...{ socket: socket.asSocket(), form, allows: (holding) => holding.allows('eth0') },
      onSent: ({ counters }, frames) => {
        counters.gratuitousSent += frames
      },
      guarded(act) {
        try {
          act()
        } catch (error) {
          errors.push(error)
          outbox.close()
        }
      },
      clock: {
        setTimeout: (run, millis) => setTimeout(run, millis),
        clearTimeout: (timer) => clearTimeout(timer as number),
      },
    })
  })
  afterEach(() => {
    expect(timers.countTimers()).to.equal(0)
    timers.restore()
  })

  const hold = (last: number): Holding => book.hold(`app/${last}`, parseAddress(`192.0.2.${last}`), 'all')
  const many = (count: number): Holding[] =>
    Array.from({ length: count }, (_, i) => book.hold('app/many', { family: 4, value: 0x0a000000n + BigInt(i) }, 'all'))
  const sent = (): string[] => socket.sent.map(([kind, last]) => `${last} ${kind === 1 ? 'request' : 'reply'}`)

  function sendNow(...holdings: Holding[]): void {
    outbox.send(holdings)
    timers.tick(0)
  }

  it('counts an address of which all frames were taken, and only then', () => {
    const [a, b] = [hold(1), hold(2)]
    socket.room = 3
    sendNow(a, b)
    expect([a.counters.gratuitousSent, b.counters.gratuitousSent]).to.deep.equal([2, 0])
    outbox.close()
  })

  for (const errno of [{}, { full: ENOBUFS }]) {
    it(`sends the rest when there is room again (${JSON.stringify(errno)})`, () => {
      socket.room = 3
      socket.errno = errno
      sendNow(hold(1), hold(2))
      socket.room = 9
      timers.tick(outboxPace.pauseMillis)
      expect(sent()).to.deep.equal(['1 request', '1 reply', '2 request', '2 request', '2 reply'])
    })
  }

  it('sends together what one piece of work puts in, and nothing twice', () => {
    const [a, b] = [hold(1), hold(2)]
    outbox.send([b])
    outbox.send([a, b])
    expect(sent()).to.deep.equal([])
    timers.tick(0)
    expect(sent()).to.deep.equal(['2 request', '2 reply', '1 request', '1 reply'])
  })

  it('does not announce what was let go while it waited', () => {
    socket.room = 0
    sendNow(hold(1), hold(2))
    book.release('app/1')
    socket.room = 9
    timers.tick(outboxPace.pauseMillis)
    expect(sent()).to.deep.equal(['2 request', '2 reply'])
  })

  it('gives way after so many frames: others have to read them', () => {
    sendNow(...many(1000))
    expect(socket.sent).to.have.length(outboxPace.framesPerTurn)
    timers.tick(3 * outboxPace.pauseMillis)
    expect(socket.sent).to.have.length(2000)
  })

  it('gives up after so many turns in vain, and begins anew with the next announcement', () => {
    socket.room = 0
    sendNow(hold(1))
    timers.tick(60_000)
    socket.room = 9
    timers.tick(60_000)
    expect(sent()).to.deep.equal([])
    sendNow(hold(1))
    expect(sent()).to.deep.equal(['1 request', '1 reply'])
  })

  it('goes on as long as some are taken', () => {
    socket.room = 2
    sendNow(...many(20))
    for (let i = 1; i < 20; i++) {
      timers.tick(0.9 * outboxPace.vainTurns * outboxPace.pauseMillis)
      socket.room = 2
      timers.tick(outboxPace.pauseMillis)
    }
    expect(socket.sent).to.have.length(40)
  })

  it('is silent after close', () => {
    socket.room = 0
    sendNow(hold(1))
    outbox.close()
    socket.room = 9
    timers.tick(60_000)
    expect(sent()).to.deep.equal([])
  })

  it('tells an error, and waits for nothing then', () => {
    socket.errno = { always: ENETDOWN }
    sendNow(hold(1))
    expect(errors).to.have.length(1)
  })
})
