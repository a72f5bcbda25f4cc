// What a node of a CRD schema may hold: the structural subset of OpenAPI v3 that the API server takes, plus two notes
// to the generator (x-typescript, x-fragment) that never reach a cluster.
export interface Schema {
  type?: string
  format?: string
  description?: string
  default?: unknown
  enum?: string[]
  pattern?: string
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
  required?: string[]
  properties?: Record<string, Schema>
  items?: Schema
  additionalProperties?: Schema
  anyOf?: Schema[]
  'x-kubernetes-validations'?: Rule[]
  'x-kubernetes-list-type'?: string
  'x-kubernetes-list-map-keys'?: string[]
  'x-kubernetes-map-type'?: string
  'x-kubernetes-int-or-string'?: boolean
  /** The TypeScript name of this object; V1... are Kubernetes' own types, others are generated. */
  'x-typescript'?: string
  /** Which fragment the node was included from. */
  'x-fragment'?: string
}

/** What the API server evaluates (CEL) before it stores an object. */
interface Rule {
  rule: string
  message: string
  /** Which field of this object is named in the answer. */
  fieldPath?: string
  reason?: 'FieldValueForbidden' | 'FieldValueRequired'
  /** The rule also holds on creation, where oldSelf is empty. */
  optionalOldSelf?: boolean
}

/** The same tree with every node changed by `change`, children first. */
export function mapSchema(schema: Schema, change: (node: Schema) => Schema): Schema {
  const below = (node: Schema) => mapSchema(node, change)
  return change({
    ...schema,
    ...(schema.properties && { properties: mapValues(schema.properties, below) }),
    ...(schema.items && { items: below(schema.items) }),
    ...(schema.additionalProperties && { additionalProperties: below(schema.additionalProperties) }),
    ...(schema.anyOf && { anyOf: schema.anyOf.map(below) }),
  })
}

export function mapValues<A, B>(record: Record<string, A>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))
}

export const omit = <T extends object, K extends keyof T>(object: T, ...keys: K[]): Omit<T, K> =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key as K))) as Omit<T, K>
