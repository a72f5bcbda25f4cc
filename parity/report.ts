import type { Difference } from './compare.ts'
import type { Outcome } from './run.ts'

export interface Totals {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** How many differences of a scenario one line names. */
const mostNamed = 4
const longestValue = 160

export function totalsOf(outcomes: readonly Outcome[]): Totals {
  const count = (status: Outcome['status']) =>
    outcomes.filter((outcome) => outcome.status === status).reduce((sum, { count }) => sum + count, 0)
  return { passed: count('passed'), failed: count('failed'), skipped: count('skipped') }
}

/** One line; undefined for what passed. */
export function lineOf({
  status,
  file,
  suite,
  id,
  title,
  reason,
  differences = [],
  count,
}: Outcome): string | undefined {
  if (status === 'passed') return undefined
  const what = id === undefined ? `${file}${count > 1 ? `, ${count} scenarios` : ''}` : `${suite}/${id} (${title})`
  const why = [reason ?? [], formatDifferences(differences)].flat().join('; ')
  return `${status === 'failed' ? 'FAILED ' : 'skipped'} ${id === undefined ? what : `${file} ${what}`}: ${why}`
}

function formatDifferences(differences: readonly Difference[]): string[] {
  const named = differences.slice(0, mostNamed).map(formatDifference)
  return differences.length > mostNamed ? [...named, `and ${differences.length - mostNamed} more`] : named
}

function formatDifference({ path, expected, actual }: Difference): string {
  return `${path}: expected ${formatValue(expected)}, actual ${formatValue(actual)}`
}

function formatValue(value: unknown): string {
  const text = JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? String(one) : one)) ?? 'nothing'
  return text.length > longestValue ? `${text.slice(0, longestValue)}...` : text
}

export function formatTotals({ passed, failed, skipped }: Totals): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`
}
