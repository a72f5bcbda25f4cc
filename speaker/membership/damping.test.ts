import { expect } from 'chai'
import { Damping } from './damping.ts'

const minuteMillis = 60_000

/** Three deaths a second apart, the last at that time; how long the node then has to stand back. */
function penaltyMillis(damping: Damping, nowMillis: number): number {
  for (const agoMillis of [2000, 1000, 0]) damping.died(nowMillis - agoMillis)
  return damping.untilMillis - nowMillis
}

describe('a node that flaps', () => {
  it('stands back at the third death in five minutes', () => {
    const damping = new Damping()
    expect([0, 1, 2].map((minute) => damping.died(minute * minuteMillis))).to.deep.equal([false, false, true])
    expect(damping.isDamped(3 * minuteMillis - 1)).to.equal(true)
    expect(damping.isDamped(3 * minuteMillis)).to.equal(false)
  })

  it('does not for deaths that are further apart', () => {
    const damping = new Damping()
    for (let minute = 0; minute < 60; minute += 2.5) expect(damping.died(minute * minuteMillis)).to.equal(false)
  })

  it('stands back twice as long each time, at most ten minutes', () => {
    const damping = new Damping()
    const penalties: number[] = []
    for (let i = 0; i < 6; i++) {
      const nowMillis = Math.max(0, damping.untilMillis) + minuteMillis
      penalties.push(penaltyMillis(damping, nowMillis) / minuteMillis)
    }
    expect(penalties).to.deep.equal([1, 2, 4, 8, 10, 10])
  })

  it('begins with a minute again after ten minutes without', () => {
    const damping = new Damping()
    penaltyMillis(damping, 0)
    penaltyMillis(damping, damping.untilMillis)
    expect(penaltyMillis(damping, damping.untilMillis + 10 * minuteMillis)).to.equal(minuteMillis)
  })
})
