import { expect } from 'chai'
import { VirtualClock } from '../../kube/testing/virtual-clock.ts'
import { Pace } from './pace.ts'
import { Wishes } from './wishes.ts'

describe('the pace at which Services are told whether they are announced', () => {
  let clock: VirtualClock
  let wishes: Wishes<string>
  let rightOfWay: { isTaken: boolean }
  let released: string[]
  let pace: Pace

  const want = (count: number) => {
    for (let index = 0; index < count; index++) wishes.want(`web-${index}`, 'yes', clock.now())
    pace.look()
  }

  beforeEach(() => {
    clock = new VirtualClock()
    wishes = new Wishes(2_000, (one, other) => one === other)
    rightOfWay = { isTaken: false }
    released = []
    pace = new Pace({ wishes, rightOfWay, clock, release: (services) => released.push(...services) })
  })

  it('needs one timer for any number of them', () => {
    want(1_000)
    want(2_000)
    expect(clock.pending).to.equal(1)
  })

  it('is ten in 50 ms, and one while there are addresses to give', async () => {
    want(100)
    await clock.advance(2_000)
    expect(released.length).to.equal(10)
    await clock.advance(100)
    expect(released.length).to.equal(30)
    rightOfWay.isTaken = true
    await clock.advance(100)
    expect(released.length).to.equal(32)
  })

  it('stops while too many are not written, and goes on as they are', async () => {
    want(100)
    await clock.advance(10_000)
    expect(released.length).to.equal(64)
    for (const service of released.slice(0, 5)) {
      wishes.drop(service)
      pace.done(service)
    }
    await clock.advance(100)
    expect(released.length).to.equal(69)
  })

  it('sleeps when nothing is left to release', async () => {
    want(3)
    await clock.advance(2_000)
    expect([released.length, clock.pending]).to.deep.equal([3, 0])
    for (const service of released) {
      wishes.drop(service)
      pace.done(service)
    }
    expect(clock.pending).to.equal(0)
  })

  it('releases nothing after its end', async () => {
    want(3)
    pace.stop()
    pace.look()
    await clock.advance(5_000)
    expect(released).to.deep.equal([])
  })
})
