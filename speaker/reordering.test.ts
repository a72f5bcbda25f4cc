import { expect } from 'chai'
import sinon from 'sinon'
import { Reordering } from './reordering.ts'

describe('Reordering', () => {
  let clock: sinon.SinonFakeTimers
  let refreshes: number
  let durationMillis: number
  let settle: () => void
  let settled: Promise<void>
  let reconsidered: string[]
  let reordering: Reordering

  beforeEach(() => {
    clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    refreshes = 0
    durationMillis = 0
    settled = Promise.resolve()
    reconsidered = []
    reordering = new Reordering({
      refresh() {
        refreshes++
        clock.tick(durationMillis)
        return ['web/a']
      },
      settled: () => settled,
      reconsider: (services) => void reconsidered.push(...services),
    })
  })
  afterEach(() => {
    reordering.stop()
    clock.restore()
  })

  it('has what has changed reconsidered at once when nodes come or go', () => {
    reordering.promptly()
    expect(reconsidered).to.deep.equal(['web/a'])
  })

  it('does not do so for each of hundreds of nodes', async () => {
    durationMillis = 15
    for (let index = 0; index < 300; index++) reordering.promptly()
    expect(refreshes, 'the first').to.equal(1)
    await clock.tickAsync(16)
    expect(refreshes, 'all others').to.equal(2)
    await clock.tickAsync(100)
    reordering.promptly()
    expect(refreshes, 'rested').to.equal(3)
  })

  it('refreshes once for many Services', async () => {
    for (let index = 0; index < 100; index++) reordering.soon()
    await clock.tickAsync(1)
    expect(refreshes).to.equal(1)
  })

  it('waits until all Services have been looked at', async () => {
    settled = new Promise((resolve) => {
      settle = resolve
    })
    reordering.soon()
    await clock.tickAsync(1000)
    reordering.soon()
    expect(refreshes).to.equal(0)
    settle()
    await clock.tickAsync(0)
    expect(refreshes).to.equal(1)
  })

  it('rests as long as it worked', async () => {
    durationMillis = 50
    reordering.soon()
    await clock.tickAsync(1)
    expect(refreshes).to.equal(1)
    reordering.soon()
    await clock.tickAsync(49)
    expect(refreshes).to.equal(1)
    await clock.tickAsync(2)
    expect(refreshes).to.equal(2)
  })

  it('does nothing any more once it is stopped', async () => {
    durationMillis = 10
    reordering.now()
    reordering.promptly()
    reordering.soon()
    reordering.stop()
    refreshes = 0
    await clock.tickAsync(100)
    expect(refreshes).to.equal(0)
  })

  it('does nothing any more once it is stopped while it waits for the others', async () => {
    settled = new Promise((resolve) => {
      settle = resolve
    })
    reordering.soon()
    await clock.tickAsync(1)
    reordering.stop()
    settle()
    await clock.tickAsync(100)
    expect(refreshes).to.equal(0)
  })
})
