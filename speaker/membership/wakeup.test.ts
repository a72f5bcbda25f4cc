import { expect } from 'chai'
import { VirtualClock } from '../../kube/testing/virtual-clock.ts'
import { Wakeup } from './wakeup.ts'

describe('A wakeup', () => {
  let clock: VirtualClock
  let rung: number[]
  let wakeup: Wakeup

  beforeEach(() => {
    clock = new VirtualClock()
    rung = []
    wakeup = new Wakeup(clock, () => rung.push(clock.now()))
  })

  it('comes once, by the earliest time that was asked for', async () => {
    for (const dueMillis of [30, 20, 40, Number.POSITIVE_INFINITY]) wakeup.by(dueMillis)
    await clock.advance(100)
    expect(rung).to.deep.equal([20])
  })

  it('can be asked for anew while it comes, and at once for what is due already', async () => {
    wakeup.by(10)
    await clock.advance(10)
    wakeup.by(5)
    await clock.advance(100)
    expect(rung).to.deep.equal([10, 10])
  })

  it('does not come after it is closed', async () => {
    wakeup.by(10)
    wakeup.close()
    await clock.advance(100)
    expect(rung).to.deep.equal([])
  })
})
