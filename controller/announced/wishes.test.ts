import { expect } from 'chai'
import fc from 'fast-check'
import { Wishes } from './wishes.ts'

describe('wishes', () => {
  const create = () => new Wishes<string>(2_000, (one, other) => one === other)

  it('come true after a while', () => {
    const wishes = create()
    wishes.want('web', 'yes', 0)
    expect([wishes.get('web', 1_999), [...wishes.due(1_999)]]).to.deep.equal([undefined, []])
    expect([wishes.get('web', 2_000), [...wishes.due(2_000)]]).to.deep.equal(['yes', ['web']])
  })

  it('wait on when the same is wanted again, and anew when it is something else', () => {
    const wishes = create()
    wishes.want('web', 'yes', 0)
    wishes.want('web', 'yes', 1_500)
    expect(wishes.get('web', 2_000)).to.equal('yes')
    wishes.want('web', 'no', 3_000)
    expect([wishes.get('web', 4_999), wishes.get('web', 5_000)]).to.deep.equal([undefined, 'no'])
  })

  it('tell when the next one comes true, apart from those that have', () => {
    const wishes = create()
    expect(wishes.nextMillis(0)).to.equal(undefined)
    wishes.want('a', 'yes', 0)
    wishes.want('b', 'yes', 700)
    expect([wishes.nextMillis(0), wishes.nextMillis(2_000)]).to.deep.equal([2_000, 2_700])
    wishes.drop('b')
    expect(wishes.nextMillis(2_000)).to.equal(undefined)
  })

  it('are due in the order in which they began to wait, whatever happens', () => {
    const step = fc.record({
      key: fc.constantFrom('a', 'b', 'c', 'd'),
      value: fc.constantFrom('yes', 'no', undefined),
      after: fc.nat({ max: 1_000 }),
    })
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const wishes = create()
        const since = new Map<string, { value: string; millis: number }>()
        let now = 0
        for (const { key, value, after } of steps) {
          now += after
          if (value === undefined) wishes.drop(key)
          else wishes.want(key, value, now)
          if (value === undefined) since.delete(key)
          else if (since.get(key)?.value !== value) since.set(key, { value, millis: now })
          const expected = [...since].filter(([, { millis }]) => millis + 2_000 <= now)
          const keys = expected.sort(([, a], [, b]) => a.millis - b.millis).map(([name]) => name)
          expect([...wishes.due(now)].sort()).to.deep.equal(keys.sort())
        }
      }),
    )
  })
})
