/**
 * `node speaker/membership/simulation/main.ts SCENARIO NODES [key=value ...] [-o json]`: lets speakers live through it
 * in virtual time and prints what came of it. Exit status 1 when a target is missed, 2 for bad usage.
 */
import { parseArgs } from 'node:util'
import type { Cluster } from './cluster.ts'
import { formatFigures, isMissed } from './report.ts'
import { simulate } from './run.ts'
import { scenarios } from './scenarios/all.ts'
import { defaults, parseSettings, SettingError } from './settings.ts'

function usage(): string {
  const names = Object.entries(scenarios).map(([name, { summary }]) => `  ${name.padEnd(12)} ${summary}`)
  const keys = Object.entries(defaults).map(([key, value]) => `${key}=${value}`)
  return [
    'usage: node speaker/membership/simulation/main.ts SCENARIO NODES [key=value ...] [-o json]',
    ...names,
    `settings and their defaults: ${keys.join(' ')}`,
  ].join('\n')
}

/** A line each so many seconds of virtual time, on the terminal only. */
function showProgress(cluster: Cluster): void {
  const began = Date.now()
  const show = (): void => {
    const [virtual, real] = [cluster.timeline.nowMillis, Date.now() - began].map((millis) => (millis / 1000).toFixed(0))
    process.stderr.write(`\r${virtual} s of virtual time, ${real} s of ours `)
    cluster.timeline.after(1000, show)
  }
  if (process.stderr.isTTY) show()
}

function main(): number {
  const options = { output: { type: 'string', short: 'o', default: 'text' } } as const
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  const [name = '', nodes, ...rest] = positionals
  const scenario = Object.hasOwn(scenarios, name) ? scenarios[name] : undefined
  if (scenario === undefined || !(Number(nodes) >= 2) || !['text', 'json'].includes(values.output))
    return refuse(usage())
  const settings = parseSettings(rest)

  const figures = simulate(scenario, Number(nodes), settings, showProgress)
  if (process.stderr.isTTY) process.stderr.write('\n')
  const result = { scenario: name, nodes: Number(nodes), settings, figures }
  console.log(values.output === 'json' ? JSON.stringify(result) : formatFigures(figures))
  return figures.some(isMissed) ? 1 : 0
}

function refuse(message: string): number {
  console.error(message)
  return 2
}

try {
  process.exitCode = main()
} catch (error) {
  if (!(error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS') && !(error instanceof SettingError))
    throw error
  process.exitCode = refuse(`${(error as Error).message}\n${usage()}`)
}
