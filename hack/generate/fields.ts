// The fields of a schema as rows of tables: one table for each object, found by its path.
import { anchor, code, table } from './markdown.ts'
import type { Schema } from './schema.ts'

export interface ObjectSection {
  /** `spec.serviceAllocation`; `spec.items[]` for the objects in a list. */
  path: string
  schema: Schema
}

/** Which page and heading describes a fragment; none for a fragment that is written out in place. */
export type FragmentLink = (fragment: string) => string | undefined

/** `schema` and every object below it that has a table of its own, in reading order. */
export function sectionsOf(path: string, schema: Schema, link: FragmentLink): ObjectSection[] {
  const below = Object.entries(schema.properties ?? {}).flatMap(([name, child]) => {
    const [childPath, object] = unwrapped(`${path}.${name}`, child)
    return object.properties && !linkOf(object, link) ? sectionsOf(childPath, object, link) : []
  })
  return [{ path, schema }, ...below]
}

export const fieldTable = ({ path, schema }: ObjectSection, link: FragmentLink): string =>
  table(
    ['Field', 'Type', 'Default', 'Description', 'Constraints'],
    Object.entries(schema.properties ?? {}).map(([name, field]) => [
      code(name),
      typeOf(`${path}.${name}`, field, link),
      field.default === undefined ? '' : code(String(field.default)),
      field.description ?? '',
      constraints(field, schema.required?.includes(name) ?? false),
    ]),
  )

/** Steps through lists to what they hold. */
const unwrapped = (path: string, schema: Schema): [string, Schema] =>
  schema.items ? unwrapped(`${path}[]`, schema.items) : [path, schema]

const linkOf = (schema: Schema, link: FragmentLink): string | undefined =>
  schema['x-fragment'] === undefined ? undefined : link(schema['x-fragment'])

function typeOf(path: string, schema: Schema, link: FragmentLink): string {
  const fragment = linkOf(schema, link)
  if (fragment) return fragment
  if (schema.items) return `list of ${typeOf(`${path}[]`, schema.items, link)}`
  if (schema.additionalProperties) return `map of ${typeOf(path, schema.additionalProperties, link)}`
  if (schema['x-kubernetes-int-or-string']) return 'integer or string'
  if (schema.properties) return `[object](#${anchor(path)})`
  return schema.format ? `${schema.type} (${schema.format})` : (schema.type ?? '')
}

function constraints(field: Schema, required: boolean): string {
  const ofItems = field.items && !field.items.properties ? limits(field.items) : []
  return [
    ...(required ? ['**required**'] : []),
    ...limits(field),
    ...(ofItems.length > 0 ? [`each item: ${ofItems.join('; ')}`] : []),
  ].join('; ')
}

const limits = (value: Schema): string[] =>
  [
    value.enum && `one of ${value.enum.map((text) => code(text || '""')).join(', ')}`,
    range(value.minimum, value.maximum, ''),
    range(value.minLength, value.maxLength, ' characters'),
    range(value.minItems, value.maxItems, ' items'),
    value.pattern && `matches ${code(value.pattern)}`,
    ...(value['x-kubernetes-validations'] ?? []).map(({ message }) => message),
  ].filter((part) => part !== undefined)

function range(least: number | undefined, most: number | undefined, unit: string): string | undefined {
  if (least !== undefined && most !== undefined) return `${least} to ${most}${unit}`
  if (least !== undefined) return `at least ${least}${unit}`
  return most === undefined ? undefined : `at most ${most}${unit}`
}
