import { expect } from 'chai'
import { compare, type Rules } from './compare.ts'

const rules: Rules = {
  ips: 'set',
  allocations: 'map',
  'allocations.*.ips': 'set',
  why: 'informative',
  result: (expected, actual) => expected === actual || expected === 'either',
}

const pathsOf = (expected: unknown, actual: unknown) => compare(expected, actual, rules, 'then').map(({ path }) => path)

const same: [sentence: string, expected: unknown, actual: unknown][] = [
  ['facts that nobody asks for', { written: true }, { written: true, more: 1 }],
  ['the order of a set', { ips: ['a', 'b', 'a'] }, { ips: ['a', 'a', 'b'] }],
  ['what is informative', { why: 'x' }, {}],
  ['values that their rule takes for the same', { result: 'either' }, { result: 'success' }],
  ['a bigint and the number', { count: 3 }, { count: 3n }],
  ['a bigint above 2^53 and its digits', { count: '9223372036854775807' }, { count: 2n ** 63n - 1n }],
  ['2^53 itself, which is a number', { count: 2 ** 53 }, { count: 2n ** 53n }],
]

const different: [sentence: string, expected: unknown, actual: unknown, paths: string[]][] = [
  ['another value', { a: { b: 1 } }, { a: { b: 2 } }, ['then.a.b']],
  ['another type', { a: '1' }, { a: 1 }, ['then.a']],
  ['a key that is not known', { a: null }, {}, ['then.a']],
  ['a key that only the prototype has', { constructor: 1 }, {}, ['then.constructor']],
  ['an object in place of a list', { a: [] }, { a: {} }, ['then.a']],
  ['nothing in place of an object', { a: {} }, { a: null }, ['then.a']],
  ['another order of a list', { a: [1, 2] }, { a: [2, 1] }, ['then.a[0]', 'then.a[1]']],
  ['a list that is too short', { a: [1, 2] }, { a: [1] }, ['then.a[1]']],
  ['a list that is too long', { a: [] }, { a: [1] }, ['then.a[0]']],
  ['an element that a set lacks', { ips: ['a', 'b'] }, { ips: ['a'] }, ['then.ips[*]']],
  ['an element that a set has too often', { ips: ['a'] }, { ips: ['a', 'a'] }, ['then.ips[*]']],
  ['an entry that a map lacks', { allocations: { 'ns/a': {} } }, { allocations: {} }, ['then.allocations["ns/a"]']],
  ['an entry that a map has beyond', { allocations: {} }, { allocations: { x: {} } }, ['then.allocations.x']],
  [
    'a number above 2^53 that is not quite the same',
    { count: '18446744073709551615' },
    { count: 2n ** 64n },
    ['then.count'],
  ],
]

describe('comparison of what is expected with what came', () => {
  for (const [sentence, expected, actual] of same) {
    it(`does not mind ${sentence}`, () => expect(pathsOf(expected, actual)).to.deep.equal([]))
  }
  for (const [sentence, expected, actual, paths] of different) {
    it(`sees ${sentence}`, () => expect(pathsOf(expected, actual)).to.deep.equal(paths))
  }

  it('applies rules for any key of a map', () => {
    const allocations = (...ips: string[]) => ({ allocations: { 'ns/a': { ips } } })
    expect(pathsOf(allocations('a', 'b'), allocations('b', 'a'))).to.deep.equal([])
    expect(pathsOf(allocations('a', 'b'), allocations('b'))).to.deep.equal(['then.allocations["ns/a"].ips[*]'])
  })

  it('matches the objects of a set as a subset, too', () => {
    const wanted = { ips: [{ a: 1 }, { b: 2 }] }
    expect(pathsOf(wanted, { ips: [{ b: 2, c: 3 }, { a: 1 }] })).to.deep.equal([])
    expect(pathsOf(wanted, { ips: [{ b: 2 }, { a: 2 }] })).to.have.length(2)
  })
})
