import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { replaceMarked } from './differences.ts'
import { anchor, table } from './markdown.ts'
import { reference } from './reference.ts'
import { resources } from './resources.ts'
import { type Kind, loadKinds } from './source.ts'
import { types } from './types.ts'
import { validators } from './validators.ts'

const root = join(import.meta.dirname, '../..')
const kindWith = (schema: Kind['versions'][number]['schema']): Kind => ({
  kind: 'Thing',
  plural: 'things',
  singular: 'thing',
  shortNames: [],
  summary: 'A thing.',
  example: '',
  versions: [{ name: 'v1', storage: true, deprecationWarning: undefined, columns: [], schema }],
})
const textOf = (outputs: { text: string }[]): string => outputs.map(({ text }) => text).join('\n')

describe('the generators', () => {
  it('are deterministic', async () => {
    const once = async () => {
      const kinds = loadKinds(join(root, 'crds'))
      return [...resources(kinds), ...(await types(kinds)), ...validators(kinds), ...reference(kinds)]
    }
    expect(await once()).to.deep.equal(await once())
  })

  it('give a named object its own interface, once, and take V1 names from the client', async () => {
    const part = { 'x-typescript': 'Part', type: 'object', properties: { size: { type: 'integer' } } }
    const selector = { 'x-typescript': 'V1LabelSelector', type: 'object', properties: {} }
    const spec = { type: 'object', properties: { a: part, b: { ...part, description: 'Other.' }, s: selector } }
    const text = textOf(await types([kindWith({ properties: { spec } })]))
    expect(text.match(/export interface Part \{/g)).to.have.length(1)
    expect(text).to.match(/import type \{[^}]*V1LabelSelector[^}]*\} from '@kubernetes\/client-node'/)
    expect(text).to.match(/a\?: Part\b.*b\?: Part\b.*s\?: V1LabelSelector/s)
  })

  it('refuse two different objects of one TypeScript name', async () => {
    const part = (type: string) => ({ 'x-typescript': 'Part', type: 'object', properties: { size: { type } } })
    const spec = { type: 'object', properties: { a: part('integer'), b: part('string') } }
    const failure = await types([kindWith({ properties: { spec } })]).catch((error: Error) => error.message)
    expect(failure).to.contain('called Part')
  })

  it('refuse a format that the validators do not know', () => {
    const spec = { type: 'object', properties: { a: { type: 'string', format: 'colour' } } }
    expect(() => validators([kindWith({ properties: { spec } })])).to.throw('colour')
  })

  it('leave no require and no notes to the generator in what they write', () => {
    const generated = join(root, 'crds/generated')
    expect(readFileSync(join(generated, 'validators.ts'), 'utf8')).not.to.match(/require\(/)
    for (const name of readdirSync(join(generated, 'manifests'))) {
      expect(readFileSync(join(generated, 'manifests', name), 'utf8'), name).not.to.match(
        /x-typescript|x-fragment|\$ref/,
      )
    }
  })
})

describe('the reference pages', () => {
  const pages = new Map(reference(loadKinds(join(root, 'crds'))).map(({ path, text }) => [path.split('/').pop(), text]))
  const anchorsOf = (page: string) => [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchor(heading!))

  it('link only to pages and headings that exist', () => {
    const broken = [...pages].flatMap(([name, text]) =>
      [...text.replaceAll(/`[^`]*`/g, '').matchAll(/\]\(([^)#]*)#?([^)]*)\)/g)]
        .filter(([, page, heading]) => {
          const target = pages.get(page || name)
          return target === undefined || (heading !== '' && !anchorsOf(target).includes(heading!))
        })
        .map(([link]) => `${name}: ${link}`),
    )
    expect(broken).to.deep.equal([])
  })

  it('have no two headings with one anchor on a page', () => {
    for (const [name, text] of pages) expect(new Set(anchorsOf(text)).size, name).to.equal(anchorsOf(text).length)
  })

  it('keep cells in their columns, whatever is written in them', () => {
    expect(table(['A', 'B'], [['a|b\nc', '<name> `<kept>`']])).to.contain('| a\\|b c | &lt;name> `<kept>` |')
  })
})

describe('the generated part of docs/differences.md', () => {
  it('replaces what is between the marks and nothing else', () => {
    const page = readFileSync(join(root, 'docs/differences.md'), 'utf8')
    const changed = replaceMarked(page, 'NEW')
    expect(changed).to.contain('NEW').and.not.contain('bgppeers conversion')
    expect(changed.split('<!--')[0]).to.equal(page.split('<!--')[0])
  })

  it('says so when the marks are gone', () => {
    expect(() => replaceMarked('# Differences', 'NEW')).to.throw('marks')
  })
})
