import { expect } from 'chai'
import { parseRange } from '../net/range.ts'
import { capacityOf } from './capacity.ts'

const int64Max = 2n ** 63n - 1n

describe('capacity', () => {
  const rows: [ranges: string[], avoidBuggyIPs: boolean, capacity: bigint][] = [
    [['192.0.2.0/30'], false, 4n],
    [['192.0.2.0/24'], true, 254n],
    [['192.0.2.0/23'], true, 508n],
    [['192.0.2.1-192.0.2.254'], true, 254n],
    [['192.0.2.128/25', '192.0.2.0/32'], true, 127n],
    [['0.0.0.0/0'], true, 2n ** 32n - 2n ** 25n],
    [['2001:db8::/67'], false, 2n ** 61n],
    [['2001:db8::/66'], false, int64Max],
    [['2001:db8::/64', '2001:db9::/64'], false, int64Max],
    [['2001:db8::/67', '2001:db9::/67', '2001:dba::/67', '2001:dbb::/67'], false, int64Max],
  ]
  for (const [ranges, avoidBuggyIPs, capacity] of rows) {
    it(`of ${ranges.join(', ')}${avoidBuggyIPs ? ' without .0 and .255' : ''} is ${capacity}`, () => {
      expect(capacityOf(ranges.map(parseRange), avoidBuggyIPs)).to.equal(capacity)
    })
  }
})
