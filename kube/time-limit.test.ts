import { expect } from 'chai'
import { type SinonFakeTimers, useFakeTimers } from 'sinon'
import { TimeLimit } from './time-limit.ts'

describe('time limit', () => {
  let timers: SinonFakeTimers
  beforeEach(() => {
    timers = useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  })
  afterEach(() => timers.restore())

  it('aborts when its time has passed, and says so', () => {
    const limit = new TimeLimit(100, [])
    timers.tick(99)
    expect(limit.signal.aborted).to.equal(false)
    timers.tick(1)
    expect([limit.signal.aborted, limit.passed]).to.eql([true, true])
  })

  it('aborts with any of its signals, with their reason, also if one was aborted before', () => {
    const [first, second] = [new AbortController(), new AbortController()]
    const limit = new TimeLimit(100, [first.signal, second.signal])
    second.abort('enough')
    expect([limit.signal.reason, limit.passed]).to.eql(['enough', false])
    expect(new TimeLimit(100, [second.signal]).signal.aborted).to.equal(true)
  })

  it('knows no time after it was lifted, but still its signals', () => {
    const source = new AbortController()
    const limit = new TimeLimit(100, [source.signal])
    limit.lift()
    timers.tick(1_000)
    expect(limit.signal.aborted).to.equal(false)
    source.abort()
    expect(limit.signal.aborted).to.equal(true)
  })

  it('is checked by the clock, since after a pause of the process other timers may fire first', () => {
    const limit = new TimeLimit(-1, [])
    expect(() => limit.check()).to.throw()
    expect(limit.passed).to.equal(true)
    expect(() => new TimeLimit(100, []).check()).not.to.throw()
  })

  it('leaves neither a timer nor a listener behind', () => {
    const source = new AbortController()
    const limit = new TimeLimit(100, [source.signal])
    limit.release()
    source.abort()
    expect(timers.countTimers()).to.equal(0)
    expect(limit.signal.aborted).to.equal(false)
  })
})
