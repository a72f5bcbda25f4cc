// Reads crds/schemas: one file per kind, `$ref: fragments/<name>.yaml` replaced by the fragment (keys beside the $ref
// win), an example from crds/examples put beside it. What is left out in a header has the usual value.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { Schema } from './schema.ts'

export const group = 'metallb.io'

export interface Column {
  name: string
  type: string
  jsonPath: string
  priority?: number
}

export interface Version {
  name: string
  storage: boolean
  deprecationWarning: string | undefined
  columns: Column[]
  schema: Schema
}

export interface Kind {
  kind: string
  plural: string
  singular: string
  shortNames: string[]
  summary: string
  versions: Version[]
  /** A manifest that an administrator could apply, or for a status kind, one as they would see it. */
  example: string
}

/** The file of a kind as it is written. */
type Header = Omit<Kind, 'singular' | 'shortNames' | 'example'> & { shortNames?: string[] }

type ReadFragment = (path: string) => unknown

export function loadKinds(crdsDirectory: string): Kind[] {
  const schemas = join(crdsDirectory, 'schemas')
  const files = readdirSync(schemas).filter((name) => name.endsWith('.yaml'))
  const readFragment = (path: string) => readYaml(join(schemas, path))
  return files.sort().map((name) => {
    const kind = parseKind(name, readYaml(join(schemas, name)), readFragment)
    const example = join(crdsDirectory, 'examples', `${kind.singular}.yaml`)
    if (!existsSync(example)) throw new Error(`${name}: no example in crds/examples/${kind.singular}.yaml`)
    return { ...kind, example: readFileSync(example, 'utf8') }
  })
}

export function parseKind(fileName: string, header: unknown, readFragment: ReadFragment): Omit<Kind, 'example'> {
  const { kind, plural, shortNames, summary, versions } = resolveRefs(header, readFragment) as Header
  if (!kind || !summary || !versions?.length) throw new Error(`${fileName}: kind, summary and versions are required`)
  if (fileName !== `${plural}.yaml`)
    throw new Error(`${fileName}: plural is ${plural}: the file must be named after it`)
  return {
    kind,
    plural,
    singular: kind.toLowerCase(),
    shortNames: shortNames ?? [],
    summary,
    versions: versions.map(withUsualValues),
  }
}

const withUsualValues = (version: Version): Version => ({
  ...version,
  storage: version.storage ?? true,
  deprecationWarning: version.deprecationWarning,
  columns: version.columns ?? [],
})

/** Replaces every `$ref` below `node`. Throws when a fragment includes itself. */
export function resolveRefs(node: unknown, readFragment: ReadFragment, trail: string[] = []): unknown {
  if (Array.isArray(node)) return node.map((item) => resolveRefs(item, readFragment, trail))
  if (typeof node !== 'object' || node === null) return node
  const { $ref, ...own } = node as { $ref?: string }
  const resolved = Object.fromEntries(
    Object.entries(own).map(([key, value]) => [key, resolveRefs(value, readFragment, trail)]),
  )
  return $ref === undefined ? resolved : { ...include($ref, readFragment, trail), ...resolved }
}

function include(path: string, readFragment: ReadFragment, trail: string[]): object {
  if (trail.includes(path)) throw new Error(`fragments include each other: ${[...trail, path].join(' -> ')}`)
  const fragment = resolveRefs(readFragment(path), readFragment, [...trail, path]) as Schema
  return 'rule' in fragment ? fragment : { ...fragment, 'x-fragment': fragmentName(path) }
}

const fragmentName = (path: string): string => path.replace(/^fragments\//, '').replace(/\.yaml$/, '')

function readYaml(path: string): unknown {
  // `merge`: YAML 1.1's `<<`, which lets the two versions of a kind share their fields
  return parse(readFileSync(path, 'utf8'), { merge: true })
}
