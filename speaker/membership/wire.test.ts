import { expect } from 'chai'
import { hasReceived, parseFrameCounts, readFrameCounts } from './wire.ts'

const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 1000      10    0    0    0     0          0         0     1000      10    0    0    0     0       0          0
  eth0:123456789     77    0    0    0     0          0         0  5555      44    0    0    0     0       0          0
`

describe('the wire', () => {
  it('is known by the counters of received frames', () => {
    expect([...parseFrameCounts(text)]).to.deep.equal([
      ['lo', 10],
      ['eth0', 77],
    ])
    expect(readFrameCounts().has('lo')).to.equal(true)
  })

  const counts = (lo: number, eth0?: number) =>
    new Map([['lo', lo], ...(eth0 === undefined ? [] : [['eth0', eth0] as const])])

  it('is heard when an interface of ours has received something, and not when another has', () => {
    expect(hasReceived(counts(1, 1), counts(9, 1), ['eth0'])).to.equal(false)
    expect(hasReceived(counts(1, 1), counts(1, 2), ['eth0'])).to.equal(true)
  })

  it('is not heard because an interface came, went, or began to count anew', () => {
    expect(hasReceived(counts(1), counts(1, 5), ['eth0'])).to.equal(false)
    expect(hasReceived(counts(1, 5), counts(1), ['eth0'])).to.equal(false)
    expect(hasReceived(counts(1, 5), counts(1, 0), ['eth0'])).to.equal(false)
  })
})
