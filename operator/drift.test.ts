import { expect } from 'chai'
import fc from 'fast-check'
import { contains } from './drift.ts'

const rows: [title: string, live: unknown, desired: unknown, holds: boolean][] = [
  ['a default that the API server added', { replicas: 1, paused: false }, { replicas: 1 }, true],
  ['a field of somebody else inside', { spec: { a: 1, b: 2 } }, { spec: { a: 1 } }, true],
  ['a default inside a list', [{ name: 'x', protocol: 'TCP' }], [{ name: 'x' }], true],
  ['a changed value', { replicas: 2 }, { replicas: 1 }, false],
  ['a missing field', { spec: {} }, { spec: { a: 1 } }, false],
  ['a missing object', undefined, { a: 1 }, false],
  ['another order of arguments', ['--b', '--a'], ['--a', '--b'], false],
  ['one argument more', ['--a', '--b'], ['--a'], false],
  ['one argument less', ['--a'], ['--a', '--b'], false],
  ['a list in place of an object', [], {}, false],
  ['null in place of an object', null, {}, false],
  ['an object in place of a list', {}, [], false],
]

describe('drift', () => {
  for (const [title, live, desired, holds] of rows)
    it(`${holds ? 'is not' : 'is'} ${title}`, () => expect(contains(live, desired)).to.equal(holds))

  it('is nothing between a value and itself', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => contains(structuredClone(value), value)))
  })
})
