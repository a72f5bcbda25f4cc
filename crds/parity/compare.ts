// Compares our CustomResourceDefinitions with the facts about MetalLB's (the JSON files here). Both become lists of
// single facts, "path: value"; wording is no fact, but a rule that only we have goes by its message.

/** A fact by its path, for example `bgppeers v1beta2 spec.peerPort default` -> `179`. */
export type Facts = ReadonlyMap<string, Fact>

interface Fact {
  value: string
  /** How a difference shows this fact when MetalLB does not have it. Default: by its path. */
  alias?: string
  /** Whether the facts below this path say nothing more when MetalLB does not have it: a kind, a version, a field. */
  container?: boolean
}

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
  'x-kubernetes-validations'?: { rule: string; message?: string }[]
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

type AddFact = (path: string, value: string, more?: Omit<Fact, 'value'>) => void

export function factsOf({ versions, ...header }: RecordedKind): Facts {
  const facts = new Map<string, Fact>()
  const add: AddFact = (path, value, more) => facts.set(path, { value, ...more })
  const { plural } = header
  add(plural, 'kind', { container: true })
  for (const [key, value] of Object.entries(header)) add(`${plural} ${key}`, canonical(value))
  for (const { name, schema, ...version } of versions) {
    add(`${plural} ${name}`, 'version', { container: true })
    for (const [key, value] of Object.entries(version)) add(`${plural} ${name} ${key}`, canonical(value))
    addSchemaFacts(add, `${plural} ${name}`, '', schema)
  }
  return facts
}

function addSchemaFacts(add: AddFact, version: string, path: string, node: Node): void {
  const { properties = {}, items, additionalProperties, required = [], description: _wording, ...rest } = node
  const { 'x-kubernetes-validations': rules = [], ...keywords } = rest
  const here = `${version} ${path || '(root)'}`
  for (const [keyword, value] of Object.entries(keywords)) add(`${here} ${keyword}`, canonical(value))
  for (const name of required) add(`${here} requires ${name}`, 'true')
  for (const { rule, message } of rules) add(`${here} rule ${rule}`, 'rule', { alias: `${here}: ${message}` })
  for (const [name, child] of Object.entries(properties)) {
    const childPath = path ? `${path}.${name}` : name
    add(`${version} ${childPath}`, 'field', { container: true })
    addSchemaFacts(add, version, childPath, child)
  }
  if (items) addSchemaFacts(add, version, `${path}[]`, items)
  if (additionalProperties) addSchemaFacts(add, version, `${path}{}`, additionalProperties)
}

export function compareFacts(metallb: Facts, ours: Facts): Difference[] {
  const differences = new Map<string, Difference>()
  const added: string[] = []
  for (const path of new Set([...metallb.keys(), ...ours.keys()])) {
    const [theirs, fact] = [metallb.get(path), ours.get(path)]
    if (theirs?.value === fact?.value || added.some((container) => isBelow(container, path))) continue
    if (!theirs && fact?.container) added.push(path)
    const shown = (theirs ? undefined : fact?.alias) ?? path
    differences.set(shown, { path: shown, metallb: theirs?.value ?? 'absent', ours: fact?.value ?? 'absent' })
  }
  return [...differences.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** `spec.peer` holds `spec.peer type`, `spec.peer.name type` and `spec.peer[] type`, not `spec.peerPort type`. */
const isBelow = (container: string, path: string): boolean =>
  path.startsWith(container) && [' ', '.', '[', '{', ':'].includes(path.charAt(container.length))

/** JSON with sorted keys, so that equal values have equal texts. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}
