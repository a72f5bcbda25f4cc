/**
 * `node bench/main.ts [--only name,...] [--countable] [--allocator command]`: measures, prints a table against the budgets, writes
 * bench/results.json, and exits 1 when a budget is missed. With --countable, which CI runs beside other work, only
 * rows of counts and bytes, and those in MB may be over their budget by 10 %.
 */
import { writeFileSync } from 'node:fs'
import { parseArgs, styleText } from 'node:util'
import { benchmarks } from './benchmarks.ts'
import { type BenchRow, isCountable, type Verdict, verdictOf } from './row.ts'

const format = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2))

function line({ name, value, unit, budget, runs }: BenchRow, verdict: Verdict): string {
  const spread = `${format(Math.min(...runs))}..${format(Math.max(...runs))} of ${runs.length}`
  return [
    name.padEnd(30),
    format(value).padStart(8),
    unit.padEnd(6),
    format(budget).padStart(8),
    spread.padEnd(22),
    verdict === 'MISSED' ? styleText('red', verdict) : verdict,
  ].join(' ')
}

const text = { type: 'string' } as const
const { values } = parseArgs({
  options: {
    only: text,
    countable: { type: 'boolean', default: false },
    allocator: text,
    'allocator-ready': text,
    'allocator-metrics': text,
  },
})
const { allocator: command, 'allocator-ready': readyUrl, 'allocator-metrics': metricsUrl } = values
const all = benchmarks({ allocator: command === undefined ? undefined : { command, readyUrl, metricsUrl } })
const wanted = values.only?.split(',')
const unknown = wanted?.filter((name) => !all.some((benchmark) => benchmark.name === name)) ?? []
if (unknown.length > 0) {
  console.error(`no benchmark is called ${unknown.join(', ')}; there are: ${all.map(({ name }) => name).join(' ')}`)
  process.exit(2)
}
const chosen = all.filter(
  ({ name, unit }) => (wanted?.includes(name) ?? true) && (!values.countable || isCountable(unit)),
)

console.log(`${'benchmark'.padEnd(30)} ${'value'.padStart(8)} unit   ${'budget'.padStart(8)} runs`)
const rows: BenchRow[] = []
let missed = false
for (const { name, run } of chosen) {
  try {
    const row = await run()
    rows.push(row)
    const verdict = verdictOf(row, values.countable)
    missed ||= verdict === 'MISSED'
    console.log(line(row, verdict))
  } catch (error) {
    missed = true
    console.error(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  }
}
writeFileSync(new URL('results.json', import.meta.url), `${JSON.stringify(rows, undefined, 2)}\n`)
process.exitCode = missed ? 1 : 0
