/**
 * Every way in which configuration can be wrong: the stable code, what is wrong, and what to do about it.
 * The offending value stands in front of the problem when a fault is shown.
 */
export const faults = {
  'duplicate-name': {
    problem: 'is the name of two objects',
    remedy: 'give each object a name of its own',
  },
  'pool-without-addresses': {
    problem: 'is empty',
    remedy: 'list at least one CIDR or first-last range',
  },
  'bad-cidr': {
    problem: 'is neither a CIDR nor a first-last range',
    remedy: 'write 192.0.2.0/24, 192.0.2.10-192.0.2.20 or, for a single address, 192.0.2.1/32',
  },
  'range-bad-address': {
    problem: 'is not a range of IP addresses',
    remedy:
      'write both ends in full and without leading zeros, such as 192.0.2.10-192.0.2.20 or 2001:db8::1-2001:db8::ff',
  },
  'range-descending': {
    problem: 'ends before it starts',
    remedy: 'write the lower address first',
  },
  'range-mixed-families': {
    problem: 'starts with one IP family and ends with the other',
    remedy: 'write one range for IPv4 and one for IPv6',
  },
  overlap: {
    problem: 'overlaps other addresses',
    remedy: 'let every address be in one range of one pool only',
  },
  'duplicate-namespace': {
    problem: 'is listed twice',
    remedy: 'list each namespace once',
  },
  'duplicate-pool-reference': {
    problem: 'is listed twice',
    remedy: 'list each pool once',
  },
  'duplicate-selector': {
    problem: 'selects the same as another selector of the list',
    remedy: 'list each selector once',
  },
  'selector-operator': {
    problem: 'is not an operator',
    remedy: 'use In, NotIn, Exists or DoesNotExist',
  },
  'selector-values': {
    problem: 'are not values for this operator',
    remedy: 'give In and NotIn at least one value, each once; give Exists and DoesNotExist none',
  },
  'selector-expression-twice': {
    problem: 'is listed twice',
    remedy: 'list each expression once',
  },
  'bad-weight': {
    problem: 'is not a weight',
    remedy: 'use a whole number from 1 to 100',
  },
  stranded: {
    problem: 'is announced, and in no pool any more',
    remedy: 'put it back into a pool, or wait until the Service has another address',
  },
} as const

export type FaultCode = keyof typeof faults

/** A fault at its place inside one object. */
export interface Fault {
  readonly code: FaultCode
  /** As one would type it for jsonpath: `spec.addresses[0]`. */
  readonly field: string
  readonly value: unknown
  /** What this very case adds, such as the other party of a conflict. */
  readonly detail?: string
}

export type Report = (fault: Fault) => void

/** A fault with the object that has it. */
export interface ConfigError extends Fault {
  readonly kind: string
  readonly name: string
  /** The cause is an object that is not there, and may come. */
  readonly mayResolveLater: boolean
  /** Kind, name, field, value, problem and remedy as one line. */
  readonly message: string
}

export function configError(kind: string, name: string, fault: Fault): ConfigError {
  const { problem, remedy } = faults[fault.code]
  const what = fault.detail === undefined ? problem : `${problem} (${fault.detail})`
  const message = `${kind} ${name}: ${fault.field}: ${JSON.stringify(fault.value) ?? 'nothing'} ${what}: ${remedy}`
  return { kind, name, ...fault, mayResolveLater: false, message }
}

/** Reports every element that equals an earlier one. */
export function reportRepeated(texts: readonly string[], code: FaultCode, field: string, report: Report): void {
  const seen = new Set<string>()
  for (const [index, text] of texts.entries()) {
    if (seen.has(text)) report({ code, field: `${field}[${index}]`, value: text })
    seen.add(text)
  }
}
