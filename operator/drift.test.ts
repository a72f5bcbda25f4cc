import { expect } from 'chai'
import fc from 'fast-check'
import { keeps } from './drift.ts'

/** What the API server answered is the wish itself, unless a row says otherwise. */
const rows: [title: string, live: unknown, desired: unknown, holds: boolean, answered?: unknown][] = [
  ['a default that the API server added', { replicas: 1, paused: false }, { replicas: 1 }, true],
  ['a field of somebody else inside', { spec: { a: 1, b: 2 } }, { spec: { a: 1 } }, true],
  ['a default inside a list', [{ name: 'x', protocol: 'TCP' }], [{ name: 'x' }], true],
  ['a quantity in the form of the API server', { cpu: '1' }, { cpu: '1000m' }, true, { cpu: '1' }],
  ['an empty list that the API server dropped', {}, { tolerations: [] }, true, {}],
  ['an item that the API server added to a list', ['a', 'x'], ['a'], true, ['a', 'x']],
  ['another quantity', { cpu: '2' }, { cpu: '1000m' }, false, { cpu: '1' }],
  ['a changed value', { replicas: 2 }, { replicas: 1 }, false],
  ['a changed value inside a list', [{ name: 'y', protocol: 'TCP' }], [{ name: 'x' }], false],
  ['a changed item that the API server had added', ['a', 'y'], ['a'], false, ['a', 'x']],
  ['a removed item that the API server had added', ['a'], ['a'], false, ['a', 'x']],
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
  for (const [title, live, desired, holds, answered = desired] of rows)
    it(`${holds ? 'is not' : 'is'} ${title}`, () => expect(keeps(live, answered, desired)).to.equal(holds))

  it('is nothing between an answer and itself, whatever was asked for', () => {
    const any = fc.jsonValue()
    fc.assert(fc.property(any, any, (answered, desired) => keeps(structuredClone(answered), answered, desired)))
  })
})
