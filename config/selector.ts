import type { V1LabelSelector, V1LabelSelectorRequirement } from '@kubernetes/client-node'
import { type Report, reportRepeated } from './faults.ts'

type Operator = 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'

interface Requirement {
  readonly key: string
  readonly operator: Operator
  /** Sorted, each once; empty for Exists and DoesNotExist. */
  readonly values: readonly string[]
}

/** A Kubernetes label selector, checked and in canonical order; all requirements must hold. */
export interface LabelSelector {
  readonly requirements: readonly Requirement[]
}

export type Labels = Readonly<Record<string, string>>

interface OperatorRow {
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

export const everything: LabelSelector = { requirements: [] }

export function matchesSelector(selector: LabelSelector, labels: Labels): boolean {
  return selector.requirements.every(({ key, operator, values }) => operators[operator].holds(labels[key], values))
}

export function matchesAny(selectors: readonly LabelSelector[], labels: Labels): boolean {
  return selectors.some((selector) => matchesSelector(selector, labels))
}

/** Equal text for equal selectors and for no others; "" matches everything. */
export function formatSelector(selector: LabelSelector): string {
  return selector.requirements.map(formatRequirement).join(',')
}

function formatRequirement({ key, operator, values }: Requirement): string {
  return operators[operator].format(key, values)
}

/** The selectors of one list; `field` is its path. Selectors and expressions at fault are reported. */
export function parseSelectors(
  sources: readonly V1LabelSelector[] | undefined,
  field: string,
  report: Report,
): LabelSelector[] {
  const selectors = (sources ?? []).map((source, index) => parseSelector(source, `${field}[${index}]`, report))
  reportRepeated(selectors.map(formatSelector), 'duplicate-selector', field, report)
  return selectors
}

export function parseSelector(source: V1LabelSelector, field: string, report: Report): LabelSelector {
  const labels = Object.entries(source.matchLabels ?? {}).map(([key, value]): Requirement => {
    checkLabel({ key, values: [value] }, { key: `${field}.matchLabels`, values: `${field}.matchLabels` }, report)
    return { key, operator: 'In', values: [value] }
  })
  const expressions = (source.matchExpressions ?? []).flatMap((expression, index) =>
    parseExpression(expression, `${field}.matchExpressions[${index}]`, report),
  )
  reportRepeated(expressions.map(formatRequirement), 'selector-expression-twice', `${field}.matchExpressions`, report)
  return { requirements: [...labels, ...expressions].sort(byKeyThenText) }
}

/** Empty when the expression is at fault. */
function parseExpression(source: V1LabelSelectorRequirement, field: string, report: Report): Requirement[] {
  const { key, operator, values = [] } = source
  checkLabel({ key, values }, { key: `${field}.key`, values: `${field}.values` }, report)
  if (!isOperator(operator)) {
    report({ code: 'selector-operator', field: `${field}.operator`, value: operator })
    return []
  }
  const distinct = new Set(values)
  if (distinct.size < values.length || operators[operator].takesValues !== values.length > 0) {
    report({ code: 'selector-values', field: `${field}.values`, value: values, detail: operator })
    return []
  }
  return [{ key, operator, values: values.toSorted() }]
}

type KeyAndValues = Pick<Requirement, 'key' | 'values'>

function checkLabel({ key, values }: KeyAndValues, fields: Record<keyof KeyAndValues, string>, report: Report): void {
  if (!isLabelKey(key)) report({ code: 'selector-key', field: fields.key, value: key })
  for (const value of values) {
    if (!isLabelValue(value)) report({ code: 'selector-label-value', field: fields.values, value })
  }
}

const labelName = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/
const labelPrefix = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

/** `name` or `prefix/name`. */
function isLabelKey(key: string): boolean {
  const slash = key.indexOf('/')
  return labelName.test(key.slice(slash + 1)) && (slash < 0 || labelPrefix.test(key.slice(0, slash)))
}

function isLabelValue(value: string): boolean {
  return value === '' || labelName.test(value)
}

function isOperator(text: string): text is Operator {
  return Object.hasOwn(operators, text)
}

function byKeyThenText(a: Requirement, b: Requirement): number {
  return compareTexts(a.key, b.key) || compareTexts(formatRequirement(a), formatRequirement(b))
}

function compareTexts(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
