import { expect } from 'chai'
import { RightOfWay } from './right-of-way.ts'
import { VirtualClock } from './testing/virtual-clock.ts'

describe('the right of way', () => {
  it('is taken from the start of the work until a moment after its end', async () => {
    const clock = new VirtualClock()
    const rightOfWay = new RightOfWay(clock)
    expect(rightOfWay.isTaken).to.equal(false)
    const { promise, resolve } = Promise.withResolvers<string>()
    const result = rightOfWay.take(() => promise)
    await clock.advance(10_000)
    expect(rightOfWay.isTaken).to.equal(true)
    resolve('done')
    expect(await result).to.equal('done')
    expect(rightOfWay.isTaken).to.equal(true)
    await clock.advance(100)
    expect(rightOfWay.isTaken).to.equal(false)
  })

  it('is given back when the work fails', async () => {
    const clock = new VirtualClock()
    const rightOfWay = new RightOfWay(clock)
    await rightOfWay.take(() => Promise.reject(new Error('told to'))).catch(() => {})
    await clock.advance(100)
    expect(rightOfWay.isTaken).to.equal(false)
  })
})
