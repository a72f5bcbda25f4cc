// crds/generated/types.ts: the kinds as TypeScript interfaces. Objects with an x-typescript name become interfaces of
// that name, V1... names are taken from Kubernetes' client, and everything else is written out in place.
import { isDeepStrictEqual } from 'node:util'
import { compile, type JSONSchema } from 'json-schema-to-typescript'
import { typeName } from './names.ts'
import { generatedHead, type Output } from './output.ts'
import { mapSchema, omit, type Schema } from './schema.ts'
import type { Kind, Version } from './source.ts'

type Definitions = Map<string, JSONSchema>

export async function types(kinds: Kind[]): Promise<Output[]> {
  const definitions: Definitions = new Map()
  for (const kind of kinds) for (const version of kind.versions) defineKind(kind, version, definitions)
  const body = await compileAll(definitions)
  const imported = [...new Set(body.match(/\bV1[A-Z]\w+/g))].sort()
  const imports = `import type {\n${imported.map((name) => `  ${name},\n`).join('')}} from '@kubernetes/client-node'`
  return [{ path: 'crds/generated/types.ts', text: [generatedHead('//', 'crds/schemas'), imports, body].join('\n\n') }]
}

async function compileAll(definitions: Definitions): Promise<string> {
  const schema: JSONSchema = { type: 'object', definitions: Object.fromEntries(definitions) }
  const text = await compile(schema, 'Root', {
    bannerComment: '',
    additionalProperties: false,
    unreachableDefinitions: true,
    style: { semi: false, singleQuote: true, printWidth: 120 },
  })
  const interfaces = text
    .replace('export interface Root {}\n', '')
    .replace(/^( \*\n)? \* This interface was referenced by [\s\S]*?(?=^ \*\/)/gm, '')
    .replace(/^\/\*\*$/gm, '\n/**')
  return wrapComments(withOurNames(interfaces, [...definitions.keys()])).trimStart()
}

/** json-schema-to-typescript writes a capital after a digit: BGPPeerV1Beta1. */
const withOurNames = (text: string, names: string[]): string =>
  names.reduce((changed, name) => {
    const theirs = name.replace(/\d[a-z]/g, (letters) => letters.toUpperCase())
    return changed.replace(`export interface ${theirs} {`, `export interface ${name} {`)
  }, text)

/** json-schema-to-typescript writes a description as one long line. */
const wrapComments = (text: string): string =>
  text.replace(/^( *\* )(.+)$/gm, (_line, margin: string, words: string) => {
    const lines = words.match(new RegExp(`.{1,${120 - margin.length}}(?= |$)`, 'g')) ?? []
    return lines.map((line) => margin + line.trimStart()).join('\n')
  })

function defineKind(kind: Kind, version: Version, definitions: Definitions): void {
  const name = typeName(kind, version)
  const { spec, status } = version.schema.properties ?? {}
  const { description, required } = version.schema
  definitions.set(name, {}) // its place: a kind stands before its parts
  definitions.set(name, {
    type: 'object',
    ...(description && { description }),
    ...(required && { required }),
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { tsType: 'V1ObjectMeta' },
      ...(spec && { spec: convert(named(`${name}Spec`, spec), definitions) }),
      ...(status && { status: convert(named(`${name}Status`, status), definitions) }),
    },
  })
}

const named = (name: string, schema: Schema): Schema =>
  schema.properties ? { 'x-typescript': name, ...schema } : schema

/** The schema as json-schema-to-typescript takes it, with its named objects moved to `definitions`. */
function convert(schema: Schema, definitions: Definitions): JSONSchema {
  return mapSchema(schema, (node) => {
    const name = node['x-typescript']
    if (name) return reference(name, node, definitions)
    if (node.type === 'object' && !node.properties && !node.additionalProperties) {
      return typedAs('Record<string, never>', node)
    }
    const items = node.items && 'tsType' in node.items ? omit(node.items, 'description') : node.items
    return { ...omit(node, 'format', 'default', 'minItems', 'maxItems', 'x-fragment'), ...(items && { items }) }
  }) as JSONSchema
}

function reference(name: string, node: Schema, definitions: Definitions): Schema {
  if (name.startsWith('V1')) return typedAs(name, node)
  const definition = omit(node, 'x-typescript', 'x-fragment') as JSONSchema
  const known = definitions.get(name)
  if (known && !isDeepStrictEqual(omit(known, 'description'), omit(definition, 'description'))) {
    throw new Error(`two different objects are called ${name} (x-typescript)`)
  }
  if (!known) definitions.set(name, definition)
  return typedAs(name, node)
}

const typedAs = (tsType: string, { description }: Schema): Schema =>
  ({ tsType, ...(description && { description }) }) as Schema
