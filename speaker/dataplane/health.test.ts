import { expect } from 'chai'
import { array, assert, constantFrom, property } from 'fast-check'
import { type Answer, type Health, step, unknownHealth, waitMillis } from './health.ts'

const having = (...answers: Answer[]): Health => answers.reduce(step, unknownHealth)
const [good, bad] = ['good', 'bad'] as const
const pace = { restMillis: 2_000, doubtMillis: 500, unfitMillis: 1_000, longestMillis: 8_000 }
const wait = (...answers: Answer[]) => waitMillis(having(...answers), pace, () => 0.5)

describe('the health of the dataplane', () => {
  for (const [what, answers, fitness] of [
    ['not known before an answer', [], 'unknown'],
    ['good after the first good answer', [good], 'fit'],
    ['not known after two bad answers at the start', [bad, bad], 'unknown'],
    ['bad after three of them', [bad, bad, bad], 'unfit'],
    ['good as long as fewer than three bad answers come in a row', [good, bad, bad, good, bad, bad], 'fit'],
    ['bad after three in a row', [good, bad, bad, bad], 'unfit'],
    ['still bad after one good answer', [bad, bad, bad, good], 'unfit'],
    ['still bad when good and bad answers alternate', [bad, bad, bad, good, bad, good, bad, good], 'unfit'],
    ['good again after two good answers in a row', [bad, bad, bad, good, good], 'fit'],
  ] as const) {
    it(`is ${what}`, () => expect(having(...answers).fitness).to.equal(fitness))
  }

  it('does not flap: between two changes lie at least two answers that agree', () =>
    assert(
      property(array(constantFrom(good, bad), { maxLength: 50 }), (answers) => {
        let health = unknownHealth
        answers.forEach((answer, i) => {
          const next = step(health, answer)
          if (next.fitness !== health.fitness && health.fitness !== 'unknown') {
            expect(answers[i - 1]).to.equal(answer)
          }
          health = next
        })
      }),
      { numRuns: 300 },
    ))

  it('is asked for seldom while it is good, and soon again where there is doubt', () => {
    expect(wait(good)).to.equal(2_000)
    expect(wait(good, bad)).to.equal(500)
    expect(wait(bad)).to.equal(500)
    expect(wait(bad, bad, bad, good)).to.equal(500)
  })

  it('is asked for more and more seldom while it stays bad, up to a limit', () => {
    const waits = [0, 1, 2, 3, 4].map((more) => wait(bad, bad, bad, ...Array<Answer>(more).fill(bad)))
    expect(waits).to.deep.equal([1_000, 2_000, 4_000, 8_000, 8_000])
  })

  it('is asked for a quarter sooner or later, by chance', () => {
    expect(waitMillis(having(good), pace, () => 0)).to.equal(1_500)
    expect(waitMillis(having(good), pace, () => 1)).to.equal(2_500)
  })
})
