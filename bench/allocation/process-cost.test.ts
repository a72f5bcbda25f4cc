import { expect } from 'chai'
import { cpuMillis, cpuMillisIn, residentMegabytes, residentMegabytesIn } from './process-cost.ts'

describe('the cost of a process', () => {
  it('is user and system time, whatever the name of the program', () => {
    const stat = '42 (a b) c) S 1 42 42 0 -1 4194304 10 20 30 40 123 45 7 8 20 0 9 0 1000 1 2'
    expect(cpuMillisIn(stat)).to.equal(1_680)
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
