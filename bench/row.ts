/** One line of the benchmark table. */
export interface BenchRow {
  name: string
  value: number
  unit: string
  /** The largest value that is still fine, in `unit`, or the smallest with `atLeast`. */
  budget: number
  atLeast?: boolean
  ok: boolean
  /** Every counted run's value; `value` is their median. */
  runs: number[]
}

/** Countable rows (counts and bytes) hardly depend on the machine's mood: CI runs these. */
const countable = new Set(['count', 'MB', 'kB', 'bytes'])

export const isCountable = (unit: string): boolean => countable.has(unit)

/** @throws RangeError without a run */
export function benchRow(row: Omit<BenchRow, 'value' | 'ok'>): BenchRow {
  const value = median(row.runs)
  if (value === undefined) throw new RangeError(`benchmark ${row.name} made no run`)
  return { ...row, value, ok: row.atLeast ? value >= row.budget : value <= row.budget }
}

/** Of an even number: the mean of the two in the middle. */
function median(runs: readonly number[]): number | undefined {
  const sorted = [...runs].sort((a, b) => a - b)
  const lower = sorted[Math.ceil(sorted.length / 2) - 1]
  const upper = sorted[Math.floor(sorted.length / 2)]
  return lower === undefined || upper === undefined ? undefined : (lower + upper) / 2
}

export type Verdict = 'ok' | 'ok (within 10 %)' | 'MISSED'

/** Beside other work the kernel gives memory more freely; a count is the same everywhere. */
const slack: Readonly<Record<string, number>> = { MB: 1.1 }

/** @param besideOthers whether other work runs on the machine: then some units may be over their budget by 10 % */
export function verdictOf({ value, unit, budget, atLeast, ok }: BenchRow, besideOthers: boolean): Verdict {
  if (ok) return 'ok'
  return besideOthers && !atLeast && value <= budget * (slack[unit] ?? 1) ? 'ok (within 10 %)' : 'MISSED'
}

export interface Benchmark {
  name: string
  unit: string
  run(): Promise<BenchRow>
}
