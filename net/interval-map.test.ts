import { expect } from 'chai'
import fc from 'fast-check'
import { limits } from './arbitraries.ts'
import { IntervalMap } from './interval-map.ts'

const universe = 30

const changes = fc.record({
  verb: fc.constantFrom('add' as const, 'delete' as const),
  first: fc.nat(universe),
  length: fc.nat(12),
  label: fc.constantFrom('a', 'b', 'c'),
})

describe('an interval map', () => {
  it('answers every question as a list of labels for each integer does, whatever was added and deleted', () => {
    fc.assert(
      fc.property(fc.array(changes, { maxLength: 25 }), (history) => {
        const map = new IntervalMap<string>()
        const naive = Array.from({ length: universe + 15 }, () => new Set<string>())
        for (const { verb, first, length, label } of history) {
          if (verb === 'add') map.delete(BigInt(first), BigInt(first + length), label) // a label is there once
          map[verb](BigInt(first), BigInt(first + length), label)
          for (const labels of naive.slice(first, first + length + 1)) labels[verb](label)
        }
        for (const [value, labels] of naive.entries()) expect(map.at(BigInt(value))).to.have.members([...labels])
        expectAscending(map)
      }),
      limits,
    )
  })

  it('shares the common part of two intervals, and joins what becomes the same again', () => {
    const map = new IntervalMap<string>()
    map.add(1n, 9n, 'a')
    map.add(5n, 20n, 'b')
    expect([...map.within(2n, 15n)]).to.deep.equal([
      { first: 2n, last: 4n, labels: ['a'] },
      { first: 5n, last: 9n, labels: ['a', 'b'] },
      { first: 10n, last: 15n, labels: ['b'] },
    ])
    map.delete(5n, 20n, 'b')
    expect([...map.within(0n, 99n)]).to.deep.equal([{ first: 1n, last: 9n, labels: ['a'] }])
  })
})

function expectAscending(map: IntervalMap<string>): void {
  const parts = [...map.within(0n, BigInt(universe + 15))]
  for (const [index, part] of parts.slice(1).entries()) {
    const former = parts[index]!
    expect(part.first > former.last).to.equal(true)
    const isJoinable = part.first === former.last + 1n && String(part.labels) === String(former.labels)
    expect(isJoinable, 'neighbours with the same labels').to.equal(false)
  }
}
