import { expect } from 'chai'
import { Random } from './random.ts'
import { Timeline } from './timeline.ts'

describe('virtual time', () => {
  it('runs everything in the order of its time, and of one moment in the order of planning', () => {
    const timeline = new Timeline()
    const random = new Random(7)
    const ran: [millis: number, order: number][] = []
    for (let i = 0; i < 1000; i++) {
      const millis = random.below(100)
      timeline.at(millis, () => ran.push([millis, i]))
    }
    timeline.runUntil(100)
    expect(ran).to.deep.equal([...ran].sort(([a, i], [b, j]) => a - b || i - j))
    expect(ran).to.have.length(1000)
  })

  it('stands where it was told to stop, and goes on from there', () => {
    const timeline = new Timeline()
    const ran: number[] = []
    const again = (): void => {
      ran.push(timeline.nowMillis)
      timeline.after(10, again)
    }
    timeline.after(10, again)
    timeline.runUntil(25)
    expect(timeline.nowMillis).to.equal(25)
    timeline.runUntil(30)
    expect(ran).to.deep.equal([10, 20, 30])
  })

  it('plans nothing for the past', () => {
    const timeline = new Timeline()
    timeline.runUntil(50)
    timeline.at(10, () => expect(timeline.nowMillis).to.equal(50))
    timeline.runUntil(60)
  })
})

describe('repeatable chance', () => {
  it('is the same for a seed, and another for another', () => {
    const draw = (seed: number) => {
      const random = new Random(seed)
      return [random.next(), random.next(), random.below(10)]
    }
    expect(draw(1)).to.deep.equal(draw(1))
    expect(draw(1)).not.to.deep.equal(draw(2))
  })

  it('picks each only once', () => {
    expect(new Random(3).pick([1, 2, 3, 4], 9)).to.have.members([1, 2, 3, 4])
  })
})
