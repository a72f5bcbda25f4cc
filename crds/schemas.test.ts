import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { parse } from 'yaml'

interface Node {
  description?: string
  default?: unknown
  properties?: Record<string, Node>
  items?: Node
  'x-kubernetes-validations'?: { rule: string; message?: string }[]
}

const manifests = join(import.meta.dirname, 'generated/manifests')
const definitions = readdirSync(manifests).map((name) => parse(readFileSync(join(manifests, name), 'utf8')))
const roots: [string, Node][] = definitions.flatMap(({ spec }) =>
  spec.versions.map((version: { name: string; schema: { openAPIV3Schema: Node } }): [string, Node] => [
    `${spec.names.plural} ${version.name}`,
    version.schema.openAPIV3Schema,
  ]),
)
const nodes = roots.flatMap(([name, schema]) => nodesBelow(name, schema))

function nodesBelow(path: string, node: Node): [string, Node][] {
  const children = Object.entries(node.properties ?? {}).filter(([name]) => name !== 'metadata')
  const below = children.flatMap(([name, child]) => nodesBelow(`${path}.${name}`, child))
  return [[path, node], ...below, ...(node.items ? nodesBelow(`${path}[]`, node.items) : [])]
}

describe('the schemas as a manual', () => {
  it('describes every kind, field and list item', () => {
    const plainItem = ([path, { properties }]: [string, Node]) => path.endsWith('[]') && !properties
    const silent = nodes.filter((row) => !plainItem(row) && !row[1].description?.endsWith('.'))
    expect(silent.map(([path]) => path)).to.deep.equal([])
    expect(nodes).to.have.length.above(300)
  })

  it('names the default of every field that has one in its description', () => {
    const withDefault = nodes.filter(([, node]) => node.default !== undefined)
    const unsaid = withDefault.filter(([, node]) => !node.description?.includes(`Default: ${node.default}.`))
    expect(unsaid.map(([path]) => path)).to.deep.equal([])
    expect(withDefault).to.have.length(5)
  })

  it('says with every CEL rule how to mend what it refuses', () => {
    const rules = nodes.flatMap(([path, node]) =>
      (node['x-kubernetes-validations'] ?? []).map((rule) => ({ path, ...rule })),
    )
    for (const { path, message } of rules) expect(message, path).to.match(/\w{3,}.*\w{3,}/)
    expect(rules).to.have.length.above(60)
  })

  it('stays small enough for kubectl apply, which keeps a copy of the object in an annotation of 256 KiB at most', () => {
    for (const definition of definitions) {
      expect(JSON.stringify(definition).length, definition.metadata.name).to.be.below(200 * 1024)
    }
  })
})
