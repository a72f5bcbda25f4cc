import { expect } from 'chai'
import { cpuMillis, cpuMillisIn, residentMegabytes, residentMegabytesIn } from './process-cost.ts'

describe('the cost of a process', () => {
  it('is time on a processor, not time of waiting for one', () => {
    expect(cpuMillisIn('1680000000 9000000000 1234\n')).to.equal(1_680)
  })

  it('is the memory that is resident now, not at its peak', () => {
    expect(residentMegabytesIn('Name:\tx\nVmHWM:\t   4096 kB\nVmRSS:\t   2048 kB\nRssAnon:\t 1024 kB\n')).to.equal(2)
  })

  it('cannot be told of one that has ended', () => {
    expect(() => residentMegabytesIn('Name:\tx\nState:\tZ (zombie)\n')).to.throw('it has ended')
  })

  it('is about what Node says of this process', () => {
    const { user, system } = process.cpuUsage()
    expect(cpuMillis(process.pid)).to.be.closeTo((user + system) / 1000, 100)
    expect(residentMegabytes(process.pid)).to.be.closeTo(process.memoryUsage.rss() / 1024 / 1024, 5)
  })
})
