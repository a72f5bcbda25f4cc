// crds/generated/resources.ts: where the API server keeps each kind, and for the compiler what its objects look like.
import { resourceName, typeName } from './names.ts'
import { generatedHead, type Output } from './output.ts'
import { group, type Kind, type Version } from './source.ts'

const descriptorType = `/** As kube/ describes resources. */
interface Resource<T> {
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly kind: string
  readonly namespaced: true
  /** Never set; it carries T. */
  readonly type?: T
}`

export function resources(kinds: Kind[]): Output[] {
  const all = kinds.flatMap((kind) => kind.versions.map((version) => ({ kind, version })))
  const names = all.map(({ kind, version }) => typeName(kind, version)).sort()
  const imports = `import type {\n${names.map((name) => `  ${name},\n`).join('')}} from './types.ts'`
  const descriptors = all.map(({ kind, version }) => descriptor(kind, version))
  const text = [generatedHead('//', 'crds/schemas'), imports, descriptorType, ...descriptors].join('\n\n')
  return [{ path: 'crds/generated/resources.ts', text: `${text}\n` }]
}

function descriptor(kind: Kind, version: Version): string {
  const fields = { group, version: version.name, plural: kind.plural, kind: kind.kind }
  const lines = Object.entries(fields).map(([key, value]) => `  ${key}: '${value}',`)
  const head = `export const ${resourceName(kind, version)}: Resource<${typeName(kind, version)}> = {`
  return [head, ...lines, '  namespaced: true,', '}'].join('\n')
}
