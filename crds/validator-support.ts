// What the generated validators share with their callers: what they return, and the formats that our schemas use, checked
// as the API server checks them.

export interface Validator {
  (object: unknown): boolean
  errors?: SchemaError[] | null
}

export interface SchemaError {
  /** JSON pointer into the object: `/spec/addresses/0`. */
  instancePath: string
  keyword: string
  params: Record<string, unknown>
}

const between = (first: number, last: number) => (value: number) =>
  Number.isInteger(value) && value >= first && value <= last

// RFC 3339 section 5.6
const dateTime = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/

export const formats = {
  int32: { type: 'number', validate: between(-(2 ** 31), 2 ** 31 - 1) },
  int64: { type: 'number', validate: between(-(2 ** 63), 2 ** 63) }, // the nearest number to 2^63 - 1
  'date-time': { type: 'string', validate: (text: string) => dateTime.test(text) && !Number.isNaN(Date.parse(text)) },
} as const
