// crds/generated/validators.ts: one function per kind that checks an object against its schema, made by ajv ahead of
// time, so that no process carries ajv. Unknown fields are refused, as `kubectl apply` refuses them.
import { isDeepStrictEqual } from 'node:util'
import { _, Ajv, type AnySchemaObject } from 'ajv'
import { default as ajvStandalone } from 'ajv/dist/standalone/index.js'
import { formats } from '../../crds/validator-support.ts'
import { typeName } from './names.ts'
import { generatedHead, type Output } from './output.ts'
import { mapSchema, mapValues, omit, type Schema } from './schema.ts'
import { group, type Kind, type Version } from './source.ts'

// How ajv's standalone code asks for its helpers, and what stands there instead.
const helpers: [asked: string, ours: string][] = [
  ['require("formats")', 'formats'],
  ['require("ajv/dist/runtime/ucs2length").default', 'characterCount'],
]

export function validators(kinds: Kind[]): Output[] {
  const versions = kinds.flatMap((kind) => kind.versions.map((version) => ({ kind, version })))
  const code = standaloneCode(versions)
  const rows = versions.map(
    ({ kind, version }) => `  '${group}/${version.name}/${kind.kind}': ${checkName(kind, version)},\n`,
  )
  const text = [
    `${generatedHead('//', 'crds/schemas')}\n// @ts-nocheck: the functions are ajv's plain JavaScript`,
    `import { formats, type Validator } from '../validator-support.ts'`,
    'const characterCount = (text) => [...text].length // a character may be two UTF-16 units',
    code.trim(),
    `/** By \`apiVersion/kind\`. */\nexport const validators: Readonly<Record<string, Validator>> = {\n${rows.join('')}}\n`,
  ]
  return [{ path: 'crds/generated/validators.ts', text: text.join('\n\n') }]
}

const checkName = (kind: Kind, version: Version): string => `check${typeName(kind, version)}`

function standaloneCode(versions: { kind: Kind; version: Version }[]): string {
  const ajv = new Ajv({
    allErrors: true,
    messages: false, // crds/validate.ts has them
    strictTypes: false,
    inlineRefs: false,
    formats,
    code: { source: true, esm: true, lines: true, formats: _`require("formats")` },
  })
  const definitions = new Map<string, AnySchemaObject>()
  for (const { kind, version } of versions)
    ajv.addSchema(objectSchema(kind, version, definitions), checkName(kind, version))
  for (const [fragment, schema] of definitions) ajv.addSchema(schema, fragment)
  const names = versions.map(({ kind, version }) => checkName(kind, version))
  const code = ajvStandalone.default(ajv, Object.fromEntries(names.map((name) => [name, name])))
  return withoutRequire(code.replace('"use strict";', '').replaceAll('export const', 'const'))
}

function withoutRequire(code: string): string {
  const text = helpers.reduce((changed, [asked, ours]) => changed.replaceAll(asked, ours), code)
  const left = text.match(/require\([^)]*\)/)
  if (left) throw new Error(`the validators need ${left[0]}: add it to crds/validator-support.ts`)
  return text
}

function objectSchema(kind: Kind, version: Version, definitions: Map<string, AnySchemaObject>): AnySchemaObject {
  const { properties = {}, required = [] } = version.schema
  return {
    type: 'object',
    required: ['apiVersion', 'kind', ...required],
    additionalProperties: false,
    properties: {
      apiVersion: { const: `${group}/${version.name}` },
      kind: { const: kind.kind },
      metadata: { type: 'object' },
      ...mapValues(properties, (property) => strict(property, definitions)),
    },
  }
}

/** The schema as ajv takes it; fragments become references, so that their code exists once. */
function strict(schema: Schema, definitions: Map<string, AnySchemaObject>): AnySchemaObject {
  return mapSchema(schema, (node) => {
    const fragment = node['x-fragment']
    const own =
      node.type === 'object' && !node.additionalProperties ? { ...bare(node), additionalProperties: false } : bare(node)
    if (!fragment) return own as Schema
    define(fragment, own, definitions)
    return { $ref: fragment } as Schema
  })
}

function define(fragment: string, schema: AnySchemaObject, definitions: Map<string, AnySchemaObject>): void {
  const known = definitions.get(fragment)
  if (known && !isDeepStrictEqual(known, schema)) {
    throw new Error(`beside $ref: fragments/${fragment}.yaml stands more than a description and a default`)
  }
  definitions.set(fragment, schema)
}

const bare = (node: Schema): AnySchemaObject =>
  Object.fromEntries(
    Object.entries(omit(node, 'description', 'default')).filter(([keyword]) => !keyword.startsWith('x-')),
  )
