// Checks an object against the schema of its kind without a cluster: what `kubectl apply` would refuse because of
// types, limits, patterns and misspelt fields. CEL rules and defaults are the API server's; what objects mean together
// is for the configuration to judge.
import { validators } from './generated/validators.ts'
import type { SchemaError, Validator } from './validator-support.ts'

export interface Problem {
  /** `spec.addresses[0]`; empty for the object itself. */
  field: string
  message: string
}

/** All problems of `object`; none means that its schema accepts it. Objects of other groups and kinds are a problem. */
export function findProblems(object: unknown): Problem[] {
  const { apiVersion, kind } = (object ?? {}) as { apiVersion?: unknown; kind?: unknown }
  const validate: Validator | undefined = validators[`${apiVersion}/${kind}`]
  if (!validate) return [{ field: '', message: `there is no kind ${kind} in ${apiVersion}` }]
  return validate(object) ? [] : (validate.errors ?? []).map(problemOf)
}

const problemOf = ({ instancePath, keyword, params }: SchemaError): Problem => ({
  field: fieldOf(instancePath),
  message: messages[keyword]?.(params) ?? keyword,
})

/** By the keyword of the schema that was not fulfilled. */
const messages: Record<string, (params: SchemaError['params']) => string> = {
  required: ({ missingProperty }) => `${missingProperty} is required`,
  additionalProperties: ({ additionalProperty }) => `unknown field ${additionalProperty}`,
  type: ({ type }) => `must be of type ${type}`,
  enum: ({ allowedValues }) => `must be one of ${(allowedValues as string[]).join(', ')}`,
  minimum: ({ limit }) => `must be at least ${limit}`,
  maximum: ({ limit }) => `must be at most ${limit}`,
  minLength: ({ limit }) => `must have at least ${limit} characters`,
  maxLength: ({ limit }) => `must have at most ${limit} characters`,
  minItems: ({ limit }) => `must have at least ${limit} items`,
  maxItems: ({ limit }) => `must have at most ${limit} items`,
  pattern: ({ pattern }) => `must match ${pattern}`,
  format: ({ format }) => `must be written as ${format}`,
  anyOf: () => 'must be one of the allowed types',
}

/** `/spec/addresses/0` -> `spec.addresses[0]` */
const fieldOf = (pointer: string): string =>
  pointer
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^\d+$/.test(part) ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\.+/, '')
