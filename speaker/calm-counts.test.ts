import { expect } from 'chai'
import { VirtualClock } from '../kube/testing/virtual-clock.ts'
import { CalmCounts } from './calm-counts.ts'

describe('counts of members', () => {
  let clock: VirtualClock
  let due: number[]
  let counts: CalmCounts

  beforeEach(() => {
    clock = new VirtualClock()
    due = []
    counts = new CalmCounts({ clock, random: () => 0.5, onDue: () => due.push(clock.now()) })
  })
  afterEach(() => counts.close())

  it('are told at once in a small cluster', () => {
    expect(counts.of({ seen: 3, serving: 3 })).to.deep.equal({ seen: 3, serving: 3 })
    expect(counts.of({ seen: 3, serving: 2 })).to.deep.equal({ seen: 3, serving: 2 })
    expect(counts.of(undefined)).to.equal(undefined)
  })

  it('are told after five seconds by each of a hundred, and the newest then', async () => {
    const started = clock.now()
    expect(counts.of({ seen: 100, serving: 100 })).to.deep.equal({ seen: 100, serving: 100 })
    for (let serving = 99; serving > 90; serving--) {
      expect(counts.of({ seen: 100, serving })).to.deep.equal({ seen: 100, serving: 100 })
      await clock.advance(500)
    }
    expect(due).to.deep.equal([])
    await clock.advance(500)
    expect(due).to.deep.equal([started + 5_000])
    expect(counts.of({ seen: 100, serving: 90 })).to.deep.equal({ seen: 100, serving: 90 })
  })

  it('are not told twice of what has passed', async () => {
    counts.of({ seen: 1_000, serving: 1_000 })
    counts.of({ seen: 1_000, serving: 999 })
    await clock.advance(60_000)
    expect(counts.of({ seen: 1_000, serving: 1_000 })).to.deep.equal({ seen: 1_000, serving: 1_000 })
    await clock.advance(60_000)
    expect(due.length).to.equal(1)
  })
})
