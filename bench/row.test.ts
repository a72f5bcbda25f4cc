import { expect } from 'chai'
import { type BenchRow, benchRow, isCountable, type Verdict, verdictOf } from './row.ts'

const row = (unit: string, budget: number, ...runs: number[]): BenchRow =>
  benchRow({ name: 'sample', unit, budget, runs })

const medians: [runs: number[], value: number][] = [
  [[7], 7],
  [[9, 1, 5], 5],
  [[10, 2], 6],
  [[100, 2, 4, 1], 3],
  [[10, 9, 100], 10], // by value, not by text
]

const verdicts: [title: string, row: BenchRow, besideOthers: boolean, verdict: Verdict][] = [
  ['a value on its budget', row('ms', 10, 10), false, 'ok'],
  ['a value over its budget', row('ms', 10, 10.1), false, 'MISSED'],
  ['memory over its budget on a quiet machine', row('MB', 100, 101), false, 'MISSED'],
  ['memory a little over its budget beside other work', row('MB', 100, 109), true, 'ok (within 10 %)'],
  ['memory within its budget beside other work', row('MB', 100, 99), true, 'ok'],
  ['memory far over its budget beside other work', row('MB', 100, 111), true, 'MISSED'],
  ['a count over its budget beside other work', row('count', 100, 101), true, 'MISSED'],
  ['bytes over their budget beside other work', row('bytes', 100, 101), true, 'MISSED'],
]

describe('a row of the benchmark table', () => {
  for (const [runs, value] of medians)
    it(`has the median ${value} of ${runs.join(', ')}`, () => expect(row('ms', 1, ...runs).value).to.equal(value))

  it('is right from its budget on when that is the least', () => {
    const share = (value: number) => benchRow({ name: 'share', unit: '%', budget: 99, atLeast: true, runs: [value] }).ok
    expect([98, 99, 100].map(share)).to.deep.equal([false, true, true])
  })

  it('cannot be made of no run', () => expect(() => row('ms', 1)).to.throw(RangeError, 'sample made no run'))

  it('leaves the runs in their order', () => expect(row('ms', 1, 3, 1, 2).runs).to.deep.equal([3, 1, 2]))

  for (const [title, sample, besideOthers, verdict] of verdicts)
    it(`says "${verdict}" of ${title}`, () => expect(verdictOf(sample, besideOthers)).to.equal(verdict))

  it('counts as countable when it is of counts or bytes, not of time', () => {
    expect(['count', 'MB', 'kB', 'bytes', 'ms', 's'].filter(isCountable)).to.deep.equal(['count', 'MB', 'kB', 'bytes'])
  })
})
