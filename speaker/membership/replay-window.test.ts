import { expect } from 'chai'
import fc from 'fast-check'
import { ReplayWindow, replayWindowBits } from './replay-window.ts'

/** Which of the numbers were taken for new ones. */
function taken(numbers: readonly number[], floor = 0): boolean[] {
  const window = new ReplayWindow(floor)
  return numbers.map((number) => {
    const isFresh = window.isFresh(number)
    if (isFresh) window.mark(number)
    return isFresh
  })
}

describe('the replay window', () => {
  it('takes each number once, in order or not', () => {
    expect(taken([1, 2, 5, 4, 5, 4, 3, 2, 6])).to.deep.equal([true, true, true, true, false, false, true, false, true])
  })

  it('refuses what is too old to tell', () => {
    const highest = 10_000
    const last = highest - replayWindowBits + 1
    expect(taken([highest, last - 1, last, last])).to.deep.equal([true, false, true, false])
  })

  it('takes nothing up to its floor', () => {
    for (const floor of [0, 1, 30, 31, 32, 33, 5000, 2 ** 40]) {
      expect(taken([floor, floor + 1, Math.max(floor - 1, 0), floor + 2], floor)).to.deep.equal([
        false,
        true,
        false,
        true,
      ])
    }
  })

  it('agrees with a set of all numbers that came, whatever the order', () => {
    const numbers = fc.array(fc.oneof(fc.nat(100), fc.nat(3 * replayWindowBits), fc.nat(2 ** 31)), { maxLength: 300 })
    fc.assert(
      fc.property(numbers, fc.nat(5000), (sent, floor) => {
        const seen = new Set<number>()
        let highest = floor
        const expected = sent.map((number) => {
          const isFresh = number > floor && !seen.has(number) && highest - number < replayWindowBits
          if (isFresh) seen.add(number)
          highest = Math.max(highest, isFresh ? number : 0)
          return isFresh
        })
        expect(taken(sent, floor)).to.deep.equal(expected)
      }),
      { interruptAfterTimeLimit: 1000, numRuns: 2000 },
    )
  })
})
