import { expect } from 'chai'
import { Backlog } from './backlog.ts'
import { settle } from './testing/virtual-clock.ts'

describe('a backlog', () => {
  it('looks at each thing once, in order, and not before the next turn', async () => {
    const seen: string[] = []
    const backlog = new Backlog<string>((thing) => seen.push(thing))
    backlog.add(['a', 'b'])
    backlog.add(['a', 'c'])
    expect(seen).to.deep.equal([])
    await backlog.empty()
    expect(seen).to.deep.equal(['a', 'b', 'c'])
  })

  it('lets everything else happen between its slices, and nothing after it is stopped', async () => {
    let looks = 0
    const backlog = new Backlog<number>(() => {
      looks += 1
      for (const endMillis = performance.now() + 4; performance.now() < endMillis; );
    })
    backlog.add([1, 2, 3])
    await settle()
    expect(looks).to.equal(1)
    await settle()
    expect(looks).to.equal(2)
    backlog.stop()
    await settle()
    expect(looks).to.equal(2)
  })

  it('takes what is added while it looks', async () => {
    const seen: string[] = []
    const backlog = new Backlog<string>((thing) => {
      seen.push(thing)
      if (thing === 'a') backlog.add(['b'])
    })
    backlog.add(['a'])
    await backlog.empty()
    expect(seen).to.deep.equal(['a', 'b'])
  })

  it('leaves out what was dropped', async () => {
    const seen: string[] = []
    const backlog = new Backlog<string>((thing) => seen.push(thing))
    backlog.add(['a', 'b'])
    backlog.drop('a')
    await backlog.empty()
    expect(seen).to.deep.equal(['b'])
  })

  it('is empty from the start', () => new Backlog(() => undefined).empty())
})
