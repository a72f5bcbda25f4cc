import { expect } from 'chai'
import { type SinonFakeTimers, useFakeTimers } from 'sinon'
import { type BurstClock, BurstPlan, Unsolicited } from './unsolicited.ts'

describe('BurstPlan', () => {
  it('announces at once, then every 1.1 s for 5 s', () => {
    const plan = new BurstPlan<string>()
    expect(plan.start('a', 0)).to.equal(true)
    expect(dueTimes(plan)).to.deep.equal({ a: [1100, 2200, 3300, 4400] })
  })

  it('prolongs a burst that runs instead of beginning another', () => {
    const plan = new BurstPlan<string>()
    plan.start('a', 0)
    expect(plan.start('a', 500)).to.equal(false)
    expect(dueTimes(plan)).to.deep.equal({ a: [1100, 2200, 3300, 4400, 5500] })
  })

  it('gives each subject its own burst', () => {
    const plan = new BurstPlan<string>()
    plan.start('a', 0)
    plan.start('b', 600)
    expect(dueTimes(plan)).to.deep.equal({ a: [1100, 2200, 3300, 4400], b: [1700, 2800, 3900, 5000] })
  })

  it('drops a subject that is stopped', () => {
    const plan = new BurstPlan<string>()
    plan.start('a', 0)
    plan.stop('a')
    expect(plan.nextDueMillis()).to.equal(undefined)
    expect(plan.start('a', 100)).to.equal(true)
  })

  it('makes up for a late timer once, not for each time that was missed', () => {
    const plan = new BurstPlan<string>()
    plan.start('a', 0)
    expect(plan.takeDue(3500)).to.deep.equal(['a'])
    expect(plan.takeDue(3500)).to.deep.equal([])
    expect(plan.nextDueMillis()).to.equal(4600)
  })
})

describe('Unsolicited', () => {
  let timers: SinonFakeTimers
  let clock: BurstClock

  beforeEach(() => {
    timers = useFakeTimers()
    clock = {
      now: () => timers.now,
      setTimeout: (run, millis) => timers.setTimeout(run, millis),
      clearTimeout: (timer) => timers.clearTimeout(timer as number),
    }
  })
  afterEach(() => timers.restore())

  it('announces together what is due together', () => {
    const announced: { at: number; subjects: readonly string[] }[] = []
    const unsolicited = new Unsolicited<string>(clock, (subjects) => announced.push({ at: timers.now, subjects }))
    unsolicited.start(['a'])
    unsolicited.start(['b', 'c'])
    timers.tick(10_000)
    expect(announced).to.deep.equal([
      { at: 0, subjects: ['a'] },
      { at: 0, subjects: ['b', 'c'] },
      ...[1100, 2200, 3300, 4400].map((at) => ({ at, subjects: ['a', 'b', 'c'] })),
    ])
  })

  it('leaves no timer behind when all bursts are over', () => {
    const unsolicited = new Unsolicited<string>(clock, () => undefined)
    unsolicited.start(['a'])
    timers.tick(10_000)
    expect(timers.countTimers()).to.equal(0)
  })

  it('is silent after close', () => {
    let announced = 0
    const unsolicited = new Unsolicited<string>(clock, (subjects) => {
      announced += subjects.length
    })
    unsolicited.start(['a'])
    unsolicited.close()
    unsolicited.start(['b'])
    timers.tick(10_000)
    expect(announced).to.equal(1)
    expect(timers.countTimers()).to.equal(0)
  })
})

/** Runs the plan out, as a timer that is never late would, for a minute at most. */
function dueTimes(plan: BurstPlan<string>): Record<string, number[]> {
  const times: Record<string, number[]> = {}
  for (let at = plan.nextDueMillis(); at !== undefined && at < 60_000; at = plan.nextDueMillis()) {
    for (const subject of plan.takeDue(at)) times[subject] = [...(times[subject] ?? []), at]
  }
  return times
}
