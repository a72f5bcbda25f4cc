import { expect } from 'chai'
import { distributionOf } from './distribution.ts'
import { formatFigures, isMissed } from './report.ts'

describe('the report of a simulation', () => {
  it('says what was missed', () => {
    const figures = [
      { name: 'false takeovers', value: 1, unit: '', most: 0 },
      { name: 'believed dead, p99', value: 312.4, unit: 'ms', most: 1000 },
      { name: 'taken over, p50', value: Number.NaN, unit: 'ms', most: 5 },
    ]
    expect(figures.map(isMissed)).to.deep.equal([true, false, false])
    expect(formatFigures(figures).split('\n')).to.deep.equal([
      'false takeovers            1    at most 0  MISSED',
      'believed dead, p99       312 ms at most 1000 ms',
      'taken over, p50            - ms at most 5 ms',
    ])
  })

  it('takes quantiles by nearest rank', () => {
    const values = Array.from({ length: 200 }, (_, i) => 200 - i)
    expect(distributionOf(values)).to.deep.equal({ count: 200, p50: 100, p99: 198, max: 200 })
    expect(distributionOf([7])).to.deep.equal({ count: 1, p50: 7, p99: 7, max: 7 })
  })
})
