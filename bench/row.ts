/** One line of the benchmark table. */
export interface BenchRow {
  name: string
  value: number
  unit: string
  /** The largest value that is still fine, in `unit`. */
  budget: number
  ok: boolean
  /** Every counted run's value; `value` is their median. */
  runs: number[]
}

/** Countable rows (counts and bytes) hardly depend on the machine's mood: CI runs these. */
const countable = new Set(['count', 'MB', 'kB', 'bytes'])

export const isCountable = (unit: string): boolean => countable.has(unit)

/** @throws RangeError without a run */
export function benchRow(row: { name: string; unit: string; budget: number; runs: number[] }): BenchRow {
  const sorted = [...row.runs].sort((a, b) => a - b)
  const value = sorted[Math.floor((sorted.length - 1) / 2)]
  if (value === undefined) throw new RangeError(`benchmark ${row.name} made no run`)
  return { ...row, value, ok: value <= row.budget }
}

export interface Benchmark {
  name: string
  unit: string
  run(): Promise<BenchRow>
}
