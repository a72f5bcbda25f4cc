import { expect } from 'chai'
import { formatSelector, matchesSelector, parseSelector } from './selector.ts'

const parse = (source: object) => parseSelector(source, '', () => {})
const expression = (key: string, operator: string, values?: string[]) => ({
  matchExpressions: [{ key, operator, ...(values === undefined ? {} : { values }) }],
})

describe('a label selector', () => {
  const rows: [text: string, source: object, matching: Record<string, string>[], others: Record<string, string>[]][] = [
    ['', {}, [{}, { k: 'v' }], []],
    ['k=v', { matchLabels: { k: 'v' } }, [{ k: 'v', x: 'y' }], [{}, { k: 'w' }]],
    ['k=v', expression('k', 'In', ['v']), [{ k: 'v' }], [{}, { k: 'w' }]],
    ['k in (a,b)', expression('k', 'In', ['b', 'a']), [{ k: 'a' }, { k: 'b' }], [{}, { k: 'c' }]],
    ['k notin (a)', expression('k', 'NotIn', ['a']), [{}, { k: 'b' }], [{ k: 'a' }]],
    ['k', expression('k', 'Exists'), [{ k: '' }], [{}, { x: 'y' }]],
    ['!k', expression('k', 'DoesNotExist'), [{}, { x: 'y' }], [{ k: '' }]],
    [
      'a=1,k in (a,b)',
      { ...expression('k', 'In', ['a', 'b']), matchLabels: { a: '1' } },
      [{ a: '1', k: 'b' }],
      [{ a: '1' }, { k: 'b' }],
    ],
  ]
  for (const [text, source, matching, others] of rows) {
    it(`${text || 'without requirements'} from ${JSON.stringify(source)}`, () => {
      const selector = parse(source)
      expect(formatSelector(selector)).to.equal(text)
      for (const labels of matching) expect(matchesSelector(selector, labels), JSON.stringify(labels)).to.equal(true)
      for (const labels of others) expect(matchesSelector(selector, labels), JSON.stringify(labels)).to.equal(false)
    })
  }
})
