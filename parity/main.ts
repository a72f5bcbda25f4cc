/**
 * `node parity/main.ts [DIR] [-o json]`: runs every scenario file below DIR (default: our own copy) and prints what
 * failed or was skipped, then `N passed, N failed, N skipped`. Exit status 1 when anything failed, 2 for bad usage.
 */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { formatTotals, lineOf, totalsOf } from './report.ts'
import { runAll } from './run.ts'

const usage = 'usage: node parity/main.ts [DIR] [-o json]'

async function main(): Promise<number> {
  const options = { output: { type: 'string', short: 'o', default: 'text' } } as const
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  const [where = join(import.meta.dirname, 'scenarios'), ...rest] = positionals
  if (rest.length > 0 || !['text', 'json'].includes(values.output)) return refuse(usage)
  if (!existsSync(where)) return refuse(`${where}: there is no such directory`)

  const outcomes = await runAll(where)
  if (outcomes.length === 0) return refuse(`${where}: there is no *.json file`)
  const totals = totalsOf(outcomes)
  const asText = () => [...outcomes.flatMap((outcome) => lineOf(outcome) ?? []), formatTotals(totals)].join('\n')
  console.log(values.output === 'json' ? JSON.stringify({ ...totals, outcomes }, withNumbers, 2) : asText())
  const { TEST_TOTALS: totalsFile } = process.env
  if (totalsFile !== undefined) writeFileSync(totalsFile, JSON.stringify(totals))
  return totals.failed > 0 ? 1 : 0
}

function refuse(message: string): number {
  console.error(message)
  return 2
}

function withNumbers(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}

try {
  process.exitCode = await main()
} catch (error) {
  if (!(error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS')) throw error
  process.exitCode = refuse(`${(error as Error).message}; ${usage}`)
}
