import { expect } from 'chai'
import type { Clock } from '../../kube/clock.ts'
import { VirtualClock } from '../../kube/testing/virtual-clock.ts'
import { Expiry } from './expiry.ts'

describe('expiry', () => {
  let virtual: VirtualClock
  let calendarShiftMillis: number
  let clock: Clock
  let expired: string[]
  let expiry: Expiry
  const inMillis = (millis: number) => clock.wallTime().getTime() + millis

  beforeEach(() => {
    virtual = new VirtualClock()
    calendarShiftMillis = 0
    clock = {
      now: () => virtual.now(),
      wallTime: () => new Date(virtual.wallTime().getTime() + calendarShiftMillis),
      setTimeout: (run, millis) => virtual.setTimeout(run, millis),
      clearTimeout: (timer) => virtual.clearTimeout(timer),
    }
    expired = []
    expiry = new Expiry(clock, (name) => expired.push(name))
  })

  it('comes when the time has come, in order, by one timer', async () => {
    expiry.set('later', inMillis(20_000))
    expiry.set('sooner', inMillis(10_000))
    expect(virtual.pending).to.equal(1)
    await virtual.advance(9_999)
    expect(expired).to.deep.equal([])
    await virtual.advance(1)
    expect(expired).to.deep.equal(['sooner'])
    await virtual.advance(10_000)
    expect(expired).to.deep.equal(['sooner', 'later'])
    expect(virtual.pending).to.equal(0)
  })
  it('does not come for what was taken back or put off', async () => {
    expiry.set('back', inMillis(1_000))
    expiry.set('off', inMillis(1_000))
    expiry.set('back', undefined)
    expiry.set('off', inMillis(3_000))
    await virtual.advance(2_000)
    expect(expired).to.deep.equal([])
    await virtual.advance(1_200)
    expect(expired).to.deep.equal(['off'])
  })
  it('comes years later too', async () => {
    expiry.set('far', inMillis(30 * 24 * 3_600_000))
    await virtual.advance(120_000)
    virtual.jump(30 * 24 * 3_600_000)
    await virtual.advance(60_000)
    expect(expired).to.deep.equal(['far'])
  })
  it('goes by the calendar, also when somebody sets it', async () => {
    expiry.set('set', inMillis(3_600_000))
    calendarShiftMillis = 3_600_000
    await virtual.advance(60_000)
    expect(expired).to.deep.equal(['set'])
  })
  it('comes not too early when the calendar is set back', async () => {
    expiry.set('set', inMillis(30_000))
    calendarShiftMillis = -60_000
    await virtual.advance(60_000)
    expect(expired).to.deep.equal([])
    await virtual.advance(60_000)
    expect(expired).to.deep.equal(['set'])
  })
  it('takes together what ends within a moment', async () => {
    for (let index = 0; index < 50; index++) expiry.set(`${index}`, inMillis(1_000 + index))
    let looks = 0
    const { setTimeout } = clock
    clock.setTimeout = (run, millis) => setTimeout(() => ++looks && run(), millis)
    await virtual.advance(1_500)
    expect(expired).to.have.length(50)
    expect(looks).to.equal(1)
  })
  it('leaves no timer behind', () => {
    expiry.set('one', inMillis(1_000))
    expiry.stop()
    expect(virtual.pending).to.equal(0)
  })
})
