// crds/generated/resources.ts: where the API server keeps each kind, as plain data.
import { resourceName } from './names.ts'
import { generatedHead, type Output } from './output.ts'
import { group, type Kind, type Version } from './source.ts'

export const resources = (kinds: Kind[]): Output[] => [
  {
    path: 'crds/generated/resources.ts',
    text: [
      generatedHead('//', 'crds/schemas'),
      ...kinds.flatMap((kind) => kind.versions.map((version) => descriptor(kind, version))),
      '',
    ]
      .join('\n\n')
      .trimEnd()
      .concat('\n'),
  },
]

function descriptor(kind: Kind, version: Version): string {
  const fields = { group, version: version.name, plural: kind.plural, kind: kind.kind }
  const lines = Object.entries(fields).map(([key, value]) => `  ${key}: '${value}',`)
  return [`export const ${resourceName(kind, version)} = {`, ...lines, '  namespaced: true,', '} as const'].join('\n')
}
