import type { FaultRow } from './row.ts'

/** Of every kind of object. */
export const generalFaults = {
  'duplicate-name': {
    problem: 'is the name of two objects',
    remedy: 'give each object a name of its own',
  },
  'duplicate-selector': {
    problem: 'selects the same as another selector of the list',
    remedy: 'list each selector once',
  },
  'selector-key': {
    problem: 'is not the key of a label',
    remedy: 'write a key such as topology.kubernetes.io/zone',
  },
  'selector-label-value': {
    problem: 'is not the value of a label',
    remedy: 'use at most 63 letters, digits, "-", "_" and ".", beginning and ending with a letter or digit',
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
  'bad-duration': {
    problem: 'is not a duration',
    remedy: 'write a number and a unit, not negative, such as 90s, 1h30m or 24h',
  },
  stranded: {
    problem: 'is announced, and in no pool any more',
    remedy: 'put it back into a pool, or wait until the Service has another address',
  },
} as const satisfies Record<string, FaultRow>
