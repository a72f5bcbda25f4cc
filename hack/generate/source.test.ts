import { expect } from 'chai'
import { parseKind, resolveRefs } from './source.ts'

const fragments: Record<string, unknown> = {
  'fragments/name.yaml': { type: 'string', description: 'A name.' },
  'fragments/pair.yaml': {
    properties: {
      left: { $ref: 'fragments/name.yaml' },
      right: { $ref: 'fragments/name.yaml', description: 'Other.' },
    },
  },
  'fragments/snake.yaml': { items: { $ref: 'fragments/tail.yaml' } },
  'fragments/tail.yaml': { items: { $ref: 'fragments/snake.yaml' } },
}
const readFragment = (path: string): unknown => fragments[path]

describe('resolveRefs', () => {
  it('puts the fragment in the place of the reference and notes where it is from', () => {
    const expected = { type: 'string', description: 'A name.', 'x-fragment': 'name' }
    expect(resolveRefs({ $ref: 'fragments/name.yaml' }, readFragment)).to.deep.equal(expected)
  })

  it('prefers what stands beside the reference to what the fragment says, also inside fragments', () => {
    const pair = resolveRefs([{ $ref: 'fragments/pair.yaml' }], readFragment)
    expect(pair).to.have.nested.property('[0].properties.left.description', 'A name.')
    expect(pair).to.have.nested.property('[0].properties.right.description', 'Other.')
  })

  it('refuses fragments that include each other, and names them', () => {
    expect(() => resolveRefs({ $ref: 'fragments/snake.yaml' }, readFragment)).to.throw(
      'fragments/snake.yaml -> fragments/tail.yaml -> fragments/snake.yaml',
    )
  })
})

describe('parseKind', () => {
  const header = { kind: 'Community', plural: 'communities', summary: 'Names.', versions: [{ name: 'v1', schema: {} }] }

  it('fills in what a header usually says', () => {
    const { singular, versions } = parseKind('communities.yaml', header, readFragment)
    expect(singular).to.equal('community')
    expect(versions[0]).to.include({ name: 'v1', storage: true })
    expect(versions[0]?.columns).to.deep.equal([])
  })

  it('refuses a file that is not named after its plural', () => {
    expect(() => parseKind('community.yaml', header, readFragment)).to.throw('must be named after it')
  })

  it('refuses a header without a summary', () => {
    expect(() => parseKind('communities.yaml', { ...header, summary: '' }, readFragment)).to.throw('summary')
  })
})
