// Compares our CustomResourceDefinitions with the facts about MetalLB's (the JSON files here). Both become lists of
// single facts, "path: value"; wording (descriptions, messages) is no fact.

/** A fact by its path, for example `bgppeers v1beta2 spec.peerPort default` -> `179`. */
export type Facts = ReadonlyMap<string, string>

export interface Difference {
  path: string
  /** What MetalLB has there, as JSON; `absent` when nothing. */
  metallb: string
  ours: string
}

interface Node {
  [key: string]: unknown
  properties?: Record<string, Node>
  items?: Node
  additionalProperties?: Node
  required?: string[]
  'x-kubernetes-validations'?: { rule: string }[]
}

interface RecordedVersion {
  [key: string]: unknown
  name: string
  schema: Node
}

export interface RecordedKind {
  [key: string]: unknown
  plural: string
  versions: RecordedVersion[]
}

interface Definition {
  spec: {
    group: string
    names: { plural: string; shortNames?: string[]; categories?: string[] }
    scope: string
    conversion: unknown
    versions: {
      name: string
      served: boolean
      storage: boolean
      deprecated?: boolean
      deprecationWarning?: string
      subresources?: unknown
      additionalPrinterColumns?: unknown[]
      schema: { openAPIV3Schema: Node }
    }[]
  }
}

/** An installable definition in the form in which the facts were recorded. */
export function recordedForm({ spec }: Definition): RecordedKind {
  const { group, scope, conversion, versions } = spec
  const names = { shortNames: [], categories: [], ...spec.names }
  const recorded = versions.map((version) => ({
    name: version.name,
    served: version.served,
    storage: version.storage,
    deprecated: version.deprecated ?? false,
    hasDeprecationWarning: version.deprecationWarning !== undefined,
    subresources: version.subresources,
    printerColumns: version.additionalPrinterColumns ?? [],
    schema: version.schema.openAPIV3Schema,
  }))
  return { group, scope, conversion, ...names, versions: recorded }
}

export function factsOf({ versions, ...header }: RecordedKind): Facts {
  const facts = new Map<string, string>()
  const { plural } = header
  for (const [key, value] of Object.entries(header)) facts.set(`${plural} ${key}`, canonical(value))
  for (const { name, schema, ...version } of versions) {
    for (const [key, value] of Object.entries(version)) facts.set(`${plural} ${name} ${key}`, canonical(value))
    addSchemaFacts(facts, `${plural} ${name}`, '', schema)
  }
  return facts
}

function addSchemaFacts(facts: Map<string, string>, version: string, path: string, node: Node): void {
  const { properties = {}, items, additionalProperties, required = [], description: _wording, ...rest } = node
  const { 'x-kubernetes-validations': rules = [], ...keywords } = rest
  const add = (fact: string, value: unknown) => facts.set(`${version} ${path || '(root)'} ${fact}`, canonical(value))
  for (const [keyword, value] of Object.entries(keywords)) add(keyword, value)
  for (const name of required) add(`requires ${name}`, true)
  for (const { rule } of rules) add(`rule ${rule}`, true)
  for (const [name, child] of Object.entries(properties)) {
    addSchemaFacts(facts, version, path ? `${path}.${name}` : name, child)
  }
  if (items) addSchemaFacts(facts, version, `${path}[]`, items)
  if (additionalProperties) addSchemaFacts(facts, version, `${path}{}`, additionalProperties)
}

export function compareFacts(metallb: Facts, ours: Facts): Difference[] {
  const paths = [...new Set([...metallb.keys(), ...ours.keys()])].sort()
  return paths
    .map((path) => ({ path, metallb: metallb.get(path) ?? 'absent', ours: ours.get(path) ?? 'absent' }))
    .filter((difference) => difference.metallb !== difference.ours)
}

/** JSON with sorted keys, so that equal values have equal texts. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}
