import { expect } from 'chai'
import fc from 'fast-check'
import { limits } from './arbitraries.ts'
import { IntervalSet } from './intervals.ts'

const universe = 64

/** The slow twin: one Set entry a member. */
class NaiveSet {
  readonly members = new Set<number>()

  add(first: number, last: number): void {
    for (let value = first; value <= last; value++) this.members.add(value)
  }

  remove(first: number, last: number): void {
    for (let value = first; value <= last; value++) this.members.delete(value)
  }

  next(value: number): number | undefined {
    return [...this.members].filter((member) => member >= value).toSorted((a, b) => a - b)[0]
  }
}

const changes = fc.record({
  verb: fc.constantFrom('add' as const, 'remove' as const),
  first: fc.nat(universe),
  length: fc.nat(10),
})

describe('an interval set', () => {
  it('answers every question as a plain set does, whatever was added and removed', () => {
    fc.assert(
      fc.property(fc.array(changes, { maxLength: 30 }), (history) => {
        const set = new IntervalSet()
        const naive = new NaiveSet()
        for (const { verb, first, length } of history) {
          set[verb](BigInt(first), BigInt(first + length))
          naive[verb](first, first + length)
        }
        expectSame(set, naive)
      }),
      limits,
    )
  })

  it('joins neighbours and splits where something is removed', () => {
    const set = new IntervalSet()
    set.add(1n, 9n)
    set.add(20n, 29n)
    set.add(10n, 19n)
    expect([...set.intervals()]).to.deep.equal([[1n, 29n]])
    set.remove(5n, 6n)
    expect([...set.intervals()]).to.deep.equal([
      [1n, 4n],
      [7n, 29n],
    ])
  })

  it('holds a whole IPv6 network as one interval', () => {
    const set = new IntervalSet()
    const first = 0x20010db8n << 96n
    set.add(first, first + (1n << 64n) - 1n)
    set.remove(first, first)
    expect(set.size).to.equal((1n << 64n) - 1n)
    expect(set.lowest()).to.equal(first + 1n)
  })

  it('is empty at first', () => {
    const set = new IntervalSet()
    expect([set.size, set.lowest(), set.next(0n), set.has(0n)]).to.deep.equal([0n, undefined, undefined, false])
  })

  it('refuses an interval that ends before it starts', () => {
    expect(() => new IntervalSet().add(2n, 1n)).to.throw(RangeError, 'ends before it starts')
    expect(() => new IntervalSet().remove(2n, 1n)).to.throw(RangeError, 'ends before it starts')
  })
})

function expectSame(set: IntervalSet, naive: NaiveSet): void {
  expect(set.size).to.equal(BigInt(naive.members.size))
  expect(set.lowest()).to.equal(bigIntOrNothing(naive.next(0)))
  for (let value = 0; value < universe + 12; value++) {
    expect(set.has(BigInt(value))).to.equal(naive.members.has(value))
    expect(set.next(BigInt(value))).to.equal(bigIntOrNothing(naive.next(value)))
    expect(membersWithin(set, value, value + 9)).to.deep.equal(membersWithin(naive, value, value + 9))
  }
  expectDisjointAndApart([...set.intervals()])
}

function membersWithin(set: IntervalSet | NaiveSet, first: number, last: number): number[] {
  if (set instanceof NaiveSet) return [...set.members].filter((m) => m >= first && m <= last).toSorted((a, b) => a - b)
  return [...set.within(BigInt(first), BigInt(last))].flatMap(([start, end]) =>
    Array.from({ length: Number(end - start) + 1 }, (_, index) => Number(start) + index),
  )
}

function expectDisjointAndApart(intervals: readonly [bigint, bigint][]): void {
  for (const [index, [start]] of intervals.slice(1).entries()) expect(start > intervals[index]![1] + 1n).to.equal(true)
}

function bigIntOrNothing(value: number | undefined): bigint | undefined {
  return value === undefined ? undefined : BigInt(value)
}
