import { expect } from 'chai'
import { type SinonFakeTimers, useFakeTimers } from 'sinon'
import { parseAddress } from '../../net/address.ts'
import { AnnouncementBook, type Holding } from './book.ts'
import { Outbox, outboxRetry } from './outbox.ts'

describe('Outbox', () => {
  let timers: SinonFakeTimers
  let book: AnnouncementBook
  let outbox: Outbox
  /** How many frames the socket takes from now on, and what it took. */
  let room: number
  let sent: string[]
  let calls: number

  beforeEach(() => {
    timers = useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    book = new AnnouncementBook()
    sent = []
    calls = 0
    outbox = new Outbox({
      send: (announcements) => {
        calls++
        const taken = announcements.slice(0, room)
        room -= taken.length
        sent.push(...taken.map(({ data }) => Buffer.from(data).toString()))
        return taken.length
      },
      guarded: (act) => act(),
      allows: (holding) => holding.allows('eth0'),
      clock: {
        setTimeout: (run, millis) => setTimeout(run, millis),
        clearTimeout: (timer) => clearTimeout(timer as number),
      },
    })
  })
  afterEach(() => timers.restore())

  const hold = (last: number): Holding => book.hold(`app/${last}`, parseAddress(`192.0.2.${last}`), 'all')

  /** Two frames for each holding. */
  const framesOf = (...holdings: Holding[]) =>
    holdings.flatMap((holding) =>
      ['request', 'reply'].map((kind) => ({ holding, data: Buffer.from(`${holding.address.value & 255n} ${kind}`) })),
    )

  it('counts what the socket takes, and only that', () => {
    const [a, b] = [hold(1), hold(2)]
    room = 3
    outbox.send(framesOf(a, b))
    expect([a.counters.gratuitousSent, b.counters.gratuitousSent]).to.deep.equal([2, 1])
  })

  it('sends the rest when there is room again', () => {
    room = 3
    outbox.send(framesOf(hold(1), hold(2)))
    room = 9
    timers.tick(outboxRetry.afterMillis)
    expect(sent).to.deep.equal(['1 request', '1 reply', '2 request', '2 reply'])
    expect(timers.countTimers()).to.equal(0)
  })

  it('sends first what has waited, and nothing twice', () => {
    const [a, b] = [hold(1), hold(2)]
    room = 0
    outbox.send(framesOf(b))
    room = 9
    outbox.send(framesOf(a, b))
    expect(sent).to.deep.equal(['2 request', '2 reply', '1 request', '1 reply'])
  })

  it('does not announce what was let go while it waited', () => {
    room = 0
    outbox.send(framesOf(hold(1), hold(2)))
    book.release('app/1')
    room = 9
    timers.tick(outboxRetry.afterMillis)
    expect(sent).to.deep.equal(['2 request', '2 reply'])
  })

  it('gives up after so many tries in vain, and begins anew with the next announcement', () => {
    const a = hold(1)
    room = 0
    outbox.send(framesOf(a))
    timers.tick(60_000)
    expect(calls).to.equal(1 + outboxRetry.vainTries)
    expect(timers.countTimers()).to.equal(0)
    outbox.send(framesOf(a))
    room = 9
    timers.tick(outboxRetry.afterMillis)
    expect(sent).to.deep.equal(['1 request', '1 reply'])
  })

  it('goes on as long as some are taken', () => {
    const holdings = Array.from({ length: 100 }, (_, i) => hold(i + 1))
    room = 1
    outbox.send(framesOf(...holdings))
    for (let i = 1; i < 200; i++) {
      room = 1
      timers.tick(outboxRetry.afterMillis)
    }
    expect(sent).to.have.length(200)
  })

  it('is silent after close', () => {
    room = 0
    outbox.send(framesOf(hold(1)))
    outbox.close()
    room = 9
    timers.tick(60_000)
    expect(sent).to.deep.equal([])
    expect(timers.countTimers()).to.equal(0)
  })
})
