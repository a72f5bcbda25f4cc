import { expect } from 'chai'
import { Backlog } from './backlog.ts'

describe('Backlog', () => {
  it('handles every key once, later', async () => {
    const handled: string[] = []
    const backlog = new Backlog((key) => handled.push(key))
    backlog.add(['a', 'b'])
    backlog.add(['b', 'c'])
    expect(handled).to.deep.equal([])
    await backlog.empty()
    expect(handled).to.deep.equal(['a', 'b', 'c'])
  })

  it('lets others have their turn while it works', async () => {
    let turns = 0
    const pause = setInterval(() => {
      turns++
    })
    const busy = (): void => {
      const end = performance.now() + 2
      while (performance.now() < end);
    }
    const backlog = new Backlog(busy)
    backlog.add(Array.from({ length: 20 }, (_, i) => `${i}`))
    await backlog.empty()
    clearInterval(pause)
    expect(turns).to.be.greaterThan(2)
  })

  it('leaves out what was dropped', async () => {
    const handled: string[] = []
    const backlog = new Backlog((key) => handled.push(key))
    backlog.add(['a', 'b'])
    backlog.drop('a')
    await backlog.empty()
    expect(handled).to.deep.equal(['b'])
  })

  it('is empty from the start', async () => {
    await new Backlog(() => undefined).empty()
  })

  it('does nothing after stop', async () => {
    const handled: string[] = []
    const backlog = new Backlog((key) => handled.push(key))
    backlog.add(['a'])
    backlog.stop()
    await new Promise(setImmediate)
    expect(handled).to.deep.equal([])
  })
})
