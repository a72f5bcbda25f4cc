import type { V1LabelSelector, V1LabelSelectorRequirement } from '@kubernetes/client-node'

export type Operator = 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'

interface Requirement {
  readonly key: string
  readonly operator: Operator
  /** Sorted, without repetition; empty for Exists and DoesNotExist. */
  readonly values: readonly string[]
}

/** A Kubernetes label selector whose requirements (all must hold) are checked and in canonical order. */
export interface LabelSelector {
  readonly requirements: readonly Requirement[]
}

export type Labels = Readonly<Record<string, string>>

/** What is wrong with one part of a selector; `path` is relative to the selector. */
export interface SelectorFault {
  readonly path: string
  readonly value: unknown
  readonly problem: string
  readonly remedy: string
}

interface OperatorRow {
  /** How many values the operator takes. */
  readonly takesValues: boolean
  readonly holds: (value: string | undefined, values: readonly string[]) => boolean
  readonly format: (key: string, values: readonly string[]) => string
}

const operators: Readonly<Record<Operator, OperatorRow>> = {
  In: {
    takesValues: true,
    holds: (value, values) => value !== undefined && values.includes(value),
    format: (key, values) => (values.length === 1 ? `${key}=${values[0]}` : `${key} in (${values.join(',')})`),
  },
  NotIn: {
    takesValues: true,
    holds: (value, values) => value === undefined || !values.includes(value),
    format: (key, values) => `${key} notin (${values.join(',')})`,
  },
  Exists: { takesValues: false, holds: (value) => value !== undefined, format: (key) => key },
  DoesNotExist: { takesValues: false, holds: (value) => value === undefined, format: (key) => `!${key}` },
}

/** Without requirements it matches every set of labels. */
export function matchesSelector(selector: LabelSelector, labels: Labels): boolean {
  return selector.requirements.every(({ key, operator, values }) => operators[operator].holds(labels[key], values))
}

/** Guarantees: equal text exactly for equal selectors; "" is the selector that matches everything. */
export function formatSelector(selector: LabelSelector): string {
  return selector.requirements.map(({ key, operator, values }) => operators[operator].format(key, values)).join(',')
}

/** Every fault goes to `report`; a requirement at fault is left out of the result. */
export function parseSelector(source: V1LabelSelector, report: (fault: SelectorFault) => void): LabelSelector {
  const labels = Object.entries(source.matchLabels ?? {}).map(
    ([key, value]): Requirement => ({ key, operator: 'In', values: [value] }),
  )
  const expressions = (source.matchExpressions ?? []).flatMap((expression, index) => {
    const path = `matchExpressions[${index}]`
    const fault = faultOf(expression, path)
    if (fault !== undefined) {
      report(fault)
      return []
    }
    return [requirementOf(expression)]
  })
  reportDuplicates(expressions, report)
  return { requirements: [...labels, ...expressions].sort(byKeyThenText) }
}

function requirementOf({ key, operator, values = [] }: V1LabelSelectorRequirement): Requirement {
  return { key, operator: operator as Operator, values: values.toSorted() }
}

function faultOf({ operator, values = [] }: V1LabelSelectorRequirement, path: string): SelectorFault | undefined {
  const row = Object.hasOwn(operators, operator) ? operators[operator as Operator] : undefined
  if (row === undefined) {
    const remedy = `use one of ${Object.keys(operators).join(', ')}`
    return { path: `${path}.operator`, value: operator, problem: 'unknown operator', remedy }
  }
  if (row.takesValues && values.length === 0) {
    return { path: `${path}.values`, value: values, problem: `${operator} needs values`, remedy: 'list at least one' }
  }
  if (!row.takesValues && values.length > 0) {
    return { path: `${path}.values`, value: values, problem: `${operator} takes no values`, remedy: 'remove the values' }
  }
  if (new Set(values).size < values.length) {
    return { path: `${path}.values`, value: values, problem: 'a value is listed twice', remedy: 'list each value once' }
  }
  return undefined
}

function reportDuplicates(expressions: readonly Requirement[], report: (fault: SelectorFault) => void): void {
  const seen = new Set<string>()
  for (const requirement of expressions) {
    const text = formatSelector({ requirements: [requirement] })
    if (seen.has(text)) {
      report({ path: 'matchExpressions', value: text, problem: 'an expression is listed twice', remedy: 'list it once' })
    }
    seen.add(text)
  }
}

function byKeyThenText(a: Requirement, b: Requirement): number {
  if (a.key !== b.key) return a.key < b.key ? -1 : 1
  const textA = formatSelector({ requirements: [a] })
  const textB = formatSelector({ requirements: [b] })
  return textA < textB ? -1 : textA > textB ? 1 : 0
}
