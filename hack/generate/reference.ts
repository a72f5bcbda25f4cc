// docs/reference/: a page for each kind, one for the blocks that several kinds share, and a list of them.
import { type FragmentLink, fieldTable, type ObjectSection, sectionsOf } from './fields.ts'
import { anchor, code, table } from './markdown.ts'
import type { Output } from './output.ts'
import { mapSchema, type Schema } from './schema.ts'
import { group, type Kind, type Version } from './source.ts'

// Blocks that are described once, on the common page, under this heading.
const commonBlocks: Record<string, string> = {
  'label-selector': 'Label selector',
  condition: 'Condition',
  toleration: 'Toleration',
  resources: 'Resources',
  affinity: 'Affinity',
  'node-selector-term': 'Node selector term',
  'pod-affinity': 'Pod affinity',
  'pod-affinity-term': 'Pod affinity term',
  'component-config': 'Component configuration',
}

const head = (source: string): string => `<!-- Generated from ${source} by \`make generate\`; do not edit. -->`

const linkTo =
  (page: string): FragmentLink =>
  (fragment) => {
    const heading = commonBlocks[fragment]
    return heading && `[${heading}](${page}#${anchor(heading)})`
  }

export const reference = (kinds: Kind[]): Output[] => [
  ...kinds.map((kind) => ({ path: `docs/reference/${kind.singular}.md`, text: kindPage(kind) })),
  { path: 'docs/reference/common.md', text: commonPage(kinds) },
  { path: 'docs/reference/README.md', text: listPage(kinds) },
]

const page = (parts: (string | undefined)[]): string => `${parts.filter((part) => part !== undefined).join('\n\n')}\n`

const kindPage = (kind: Kind): string =>
  page([
    head(`crds/schemas/${kind.plural}.yaml`),
    `# ${kind.kind}`,
    kind.summary,
    `Namespaced; ${code(`kubectl get ${kind.plural}`)}, ${code(`kubectl explain ${kind.singular}.spec`)}.`,
    '## Example',
    `\`\`\`yaml\n${kind.example.trimEnd()}\n\`\`\``,
    ...kind.versions.map(versionPart),
  ])

function versionPart(version: Version): string {
  // the headings of an older version must not take the anchors of the stored one
  const prefix = version.storage ? '' : `${version.name} `
  const sections = Object.entries(version.schema.properties ?? {}).flatMap(([name, schema]) =>
    schema.properties ? sectionsOf(`${prefix}${name}`, schema, linkTo('common.md')) : [],
  )
  return page([
    `## ${group}/${version.name}`,
    version.deprecationWarning && `Deprecated. \`kubectl\` warns: ${version.deprecationWarning}`,
    version.schema.description,
    version.columns.length > 0
      ? `Columns of \`kubectl get\`: ${version.columns.map(columnName).join(', ')}.`
      : undefined,
    ...sections.map(sectionPart),
  ]).trimEnd()
}

const columnName = ({ name, priority }: { name: string; priority?: number }): string =>
  priority ? `${name} (with \`-o wide\`)` : name

function sectionPart(section: ObjectSection): string {
  const { path, schema } = section
  const rules = (schema['x-kubernetes-validations'] ?? []).map(({ message }) => `Rule: ${message}.`)
  return page([`### ${path}`, schema.description, ...rules, fieldTable(section, linkTo('common.md'))]).trimEnd()
}

function commonPage(kinds: Kind[]): string {
  const blocks = collectBlocks(kinds)
  const parts = Object.entries(commonBlocks).map(([fragment, heading]) => {
    const schema = blocks.get(fragment)
    if (!schema) throw new Error(`no kind uses fragments/${fragment}.yaml: take it out of commonBlocks`)
    return blockPart(fragment, heading, schema)
  })
  const intro = 'Parts that several kinds have in common. Kubernetes uses most of them for its own kinds too.'
  return page([head('crds/schemas/fragments'), '# Common blocks', intro, ...parts])
}

function blockPart(fragment: string, heading: string, schema: Schema): string {
  const [first, ...below] = sectionsOf(fragment, schema, linkTo(''))
  const tables = below.map((section) => `### ${section.path}\n\n${fieldTable(section, linkTo(''))}`)
  return page([`## ${heading}`, fieldTable(first!, linkTo('')), ...tables]).trimEnd()
}

function collectBlocks(kinds: Kind[]): Map<string, Schema> {
  const blocks = new Map<string, Schema>()
  for (const { schema } of kinds.flatMap(({ versions }) => versions)) {
    mapSchema(schema, (node) => {
      if (node['x-fragment']) blocks.set(node['x-fragment'], node)
      return node
    })
  }
  return blocks
}

const listPage = (kinds: Kind[]): string =>
  page([
    head('crds/schemas'),
    '# Reference',
    `The kinds of the API group \`${group}\`. The same texts are in the cluster: \`kubectl explain ipaddresspool.spec\`.`,
    table(
      ['Kind', 'What it is'],
      kinds.map(({ kind, singular, summary }) => [`[${kind}](${singular}.md)`, summary]),
    ),
    `[Common blocks](common.md): label selectors, conditions, affinity and other parts that several kinds share.`,
  ])
