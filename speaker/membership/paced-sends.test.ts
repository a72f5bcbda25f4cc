import { expect } from 'chai'
import { PacedSends } from './paced-sends.ts'

const plaintext = new Uint8Array(1)
const names = (count: number) => Array.from({ length: count }, (_, index) => `n${index}`)

describe('paced sends', () => {
  let sends: PacedSends

  beforeEach(() => {
    sends = new PacedSends()
  })

  const taken = (nowMillis: number) => sends.take(nowMillis).map(({ to }) => to)

  it('go at once when they are spread over no time', () => {
    sends.add({ plaintext, to: names(3), overMillis: 0 }, 10)
    expect(sends.dueMillis).to.equal(10)
    expect(taken(10)).to.deep.equal(names(3))
    expect(sends.dueMillis).to.equal(Infinity)
  })

  it('are spread evenly, whenever somebody asks', () => {
    sends.add({ plaintext, to: names(4), overMillis: 20 }, 100)
    expect(taken(100)).to.deep.equal(['n0'])
    expect(sends.dueMillis).to.equal(105)
    expect(taken(104)).to.deep.equal([])
    expect(taken(111)).to.deep.equal(['n1', 'n2'])
    expect(taken(200)).to.deep.equal(['n3'])
  })

  it('of several rounds are due when the first of them is', () => {
    sends.add({ plaintext, to: names(2), overMillis: 20 }, 0)
    sends.add({ plaintext, to: ['x'], overMillis: 20 }, 5)
    expect(taken(5)).to.deep.equal(['n0', 'x'])
    expect(sends.dueMillis).to.equal(10)
  })

  it('go out at no more than a thousand in 20 ms, in every millisecond', () => {
    sends.add({ plaintext, to: names(1000), overMillis: 20 }, 0)
    for (let millis = 0; millis < 20; millis++) expect(taken(millis).length).to.be.within(1, 51)
  })

  it('to nobody are none', () => {
    sends.add({ plaintext, to: [], overMillis: 20 }, 0)
    expect(sends.dueMillis).to.equal(Infinity)
  })
})
