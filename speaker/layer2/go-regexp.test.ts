import { expect } from 'chai'
import fc from 'fast-check'
import { compileGoRegExp, GoRegExpError } from './go-regexp.ts'

/** As Go's regexp/syntax documents them: what each finds, and what it does not. */
const rows: [expression: string, found: string[], notFound: string[]][] = [
  ['^veth.*', ['veth', 'veth0'], ['xveth']],
  ['^[[:digit:]]+$', ['12'], [':', 'd1', '[1]']],
  ['^[a[:digit:]_]+$', ['a1_'], ['b']],
  ['^[^[:alpha:]]$', ['1', ':'], ['a']],
  ['^[[:^digit:]]$', ['a'], ['1']],
  ['^[[:punct:]]$', ['-', '[', '~'], ['a']],
  [String.raw`\Aeth0\z`, ['eth0'], ['eth0\n', 'Aeth0z', 'xeth0']],
  [String.raw`(?m)\Ab\z`, ['b'], ['a\nb']],
  ['(?m)^b$', ['a\nb\nc'], ['ab']],
  [String.raw`^\pL+$`, ['éa', 'pL'], ['1']],
  [String.raw`^\PL+$`, ['12'], ['a']],
  [String.raw`^\p{Greek}$`, ['λ'], ['l']],
  [String.raw`^\p{^Lu}$`, ['a'], ['A']],
  ['(?i)^ETH', ['eth0', 'Eth0'], ['xeth']],
  ['(?i)a|b', ['B', 'A'], ['c']],
  ['^(?i:E)th', ['eth', 'Eth'], ['eTH']],
  ['^(?P<kind>eth|bond)[0-9]$', ['eth0', 'bond1'], ['eth']],
  ['^(?<kind>eth)(?:0|1)$', ['eth1'], ['eth2']],
  [String.raw`^\Qa.b\E.$`, ['a.bc'], ['axbc']],
  [String.raw`^\Qa+`, ['a+'], ['aa']],
  [String.raw`^br\-lan\_\@$`, ['br-lan_@'], ['br_lan']],
  [String.raw`^[\-a]+$`, ['a-a'], ['b']],
  [String.raw`^[a\-z]+$`, ['a-z'], ['b']],
  [String.raw`^[\]\[a]+$`, ['[a]'], ['b']],
  ['^[]a]+$', ['a]'], ['b', '[']],
  ['^[^]a]+$', ['b['], ['a', ']']],
  ['^[][a]$', ['[', ']', 'a'], ['[a]']],
  ['^[a-]$', ['-', 'a'], ['b']],
  [String.raw`^\x41\x{42}$`, ['AB'], ['x41']],
  ['^a{2}$', ['aa'], ['a']],
  ['^a{,2}]$', ['a{,2}]'], ['aa]']],
  [String.raw`^\d+\w\s?\bx?`, ['1a'], ['a1']],
]

describe('an expression of Go', () => {
  for (const [expression, found, notFound] of rows) {
    it(`${expression} finds ${JSON.stringify(found)}, not ${JSON.stringify(notFound)}`, () => {
      const compiled = compileGoRegExp(expression)
      expect([...found, ...notFound].filter((text) => compiled.test(text))).to.deep.equal(found)
    })
  }

  const refused = [
    '(',
    '[',
    'a**',
    '*',
    '(?=a)',
    '(?!a)',
    '(?<=a)',
    '(?<!a)',
    '(?U)a',
    'a(?i)b',
    '[[:nosuch:]]',
    '[[:constructor:]]',
    '[b-a]',
  ]
  const refusedEscapes = [
    '\\',
    '\\C',
    '\\Z',
    '(a)\\1',
    '\\k<a>',
    '\\u0041',
    '\\cA',
    '\\p{Nosuch}',
    '\\pj',
    '\\q',
    '[\\b]',
  ]
  for (const expression of [...refused, ...refusedEscapes]) {
    it(`${expression} is refused`, () => {
      expect(() => compileGoRegExp(expression)).to.throw(GoRegExpError)
    })
  }

  it('of plain characters finds itself, however they are quoted', () => {
    const printable = fc.string({ unit: fc.integer({ min: 33, max: 126 }).map((code) => String.fromCharCode(code)) })
    const quoted = (text: string) => text.replace(/[^0-9A-Za-z]/g, '\\$&')
    fc.assert(
      fc.property(printable, (text) => {
        expect(compileGoRegExp(`^${quoted(text)}$`).test(text)).to.equal(true)
        if (!text.includes('\\E')) expect(compileGoRegExp(`^\\Q${text}\\E$`).test(text)).to.equal(true)
      }),
    )
  })
})
