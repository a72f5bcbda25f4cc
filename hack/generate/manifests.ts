// crds/generated/manifests/<plural>.yaml: CustomResourceDefinitions as `kubectl apply` takes them.
import { stringify } from 'yaml'
import { generatedHead, type Output } from './output.ts'
import { mapSchema, omit, type Schema } from './schema.ts'
import { group, type Kind, type Version } from './source.ts'

export const manifests = (kinds: Kind[]): Output[] =>
  kinds.map((kind) => ({
    path: `crds/generated/manifests/${kind.plural}.yaml`,
    text: `${generatedHead('#', `crds/schemas/${kind.plural}.yaml`)}\n${toYaml(customResourceDefinition(kind))}`,
  }))

const toYaml = (value: unknown): string => stringify(value, { lineWidth: 120, aliasDuplicateObjects: false })

export const customResourceDefinition = (kind: Kind) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${kind.plural}.${group}` },
  spec: {
    group,
    names: namesOf(kind),
    scope: 'Namespaced',
    conversion: { strategy: 'None' },
    versions: kind.versions.map(definedVersion),
  },
})

const namesOf = ({ kind, plural, singular, shortNames }: Kind) => ({
  kind,
  listKind: `${kind}List`,
  plural,
  singular,
  ...(shortNames.length > 0 && { shortNames }),
})

const definedVersion = (version: Version) => ({
  name: version.name,
  served: true,
  storage: version.storage,
  ...(version.deprecationWarning && { deprecated: true, deprecationWarning: version.deprecationWarning }),
  subresources: { status: {} },
  ...(version.columns.length > 0 && { additionalPrinterColumns: version.columns }),
  schema: { openAPIV3Schema: mapSchema(withObjectFields(version.schema), withoutNotes) },
})

/** Adds what every Kubernetes object has. */
const withObjectFields = ({ properties, ...schema }: Schema): Schema => ({
  type: 'object',
  ...schema,
  properties: {
    apiVersion: { type: 'string', description: 'Group and version of this object, as its first line says.' },
    kind: { type: 'string', description: 'What this object is, as its second line says.' },
    metadata: { type: 'object' },
    ...properties,
  },
})

const withoutNotes = (node: Schema): Schema => omit(node, 'x-typescript', 'x-fragment')
