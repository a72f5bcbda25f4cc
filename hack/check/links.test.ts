import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'chai'

const root = join(import.meta.dirname, '../..')
const files = globSync(['*.md', 'docs/**/*.md', '{*,*/*}/README.md'], {
  cwd: root,
  exclude: ['node_modules/**', 'build/**', 'coverage/**'],
}).sort()

describe('links in the documentation', () => {
  it('are looked at in every page', () => {
    expect(files).to.include.members(['README.md', 'docs/differences.md', 'net/README.md', 'hack/lab/README.md'])
  })

  for (const file of files)
    it(`of ${file} lead to files`, () => {
      expect(brokenLinks(file, readFileSync(join(root, file), 'utf8'))).to.deep.equal([])
    })

  const rows: [title: string, text: string, broken: string[]][] = [
    ['a file that is missing', 'see [it](none.md) and [this](README.md)', ['none.md']],
    ['two on one line', '[a](a.md), [b](b.md#c)', ['a.md', 'b.md#c']],
    ['a page seen from its own folder', '[up](../../README.md) [wrong](docs/differences.md)', ['docs/differences.md']],
    ['no other site, and no place in the same page', '[a](https://example.com/x) [b](mailto:a@b.c) [c](#top)', []],
    ['nothing in a block of code', '```\n[a](none.md)\n```\n', []],
    ['no pattern in the text', 'is `[a-z]([-a-z]*)?`, or [b](none.md)', ['none.md']],
  ]
  for (const [title, text, broken] of rows)
    it(`are told broken: ${title}`, () => {
      expect(brokenLinks('docs/decisions/README.md', text)).to.deep.equal(broken)
    })
})

const code = /^```.*?^```|`[^`\n]*`/gms
const link = /\]\((?<target>[^)\s]+)/g
const elsewhere = /^(?:[a-z]+:|#)/i

/** The relative links that lead to no file. */
function brokenLinks(file: string, text: string): string[] {
  return [...text.replaceAll(code, '').matchAll(link)]
    .map(({ groups }) => groups?.['target'] ?? '')
    .filter((target) => !elsewhere.test(target))
    .filter((target) => !existsSync(join(root, dirname(file), target.replace(/#.*$/, ''))))
}
