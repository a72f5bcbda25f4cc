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

/** On a terminal one line that changes, otherwise one now and then. */
function showProgress({ timeline }: Cluster): void {
  const [end, everyMillis] = process.stderr.isTTY ? ['\r', 500] : ['\n', 60_000]
  const began = Date.now()
  let shown = began
  const show = (): void => {
    if (Date.now() - shown >= everyMillis) {
      shown = Date.now()
      const virtual = (timeline.nowMillis / 1000).toFixed(1)
      process.stderr.write(`${virtual} s of virtual time in ${((shown - began) / 1000).toFixed(0)} s${end}`)
    }
    timeline.after(progressMillis, show)
  }
  show()
}

/** Of virtual time, between two looks at the clock. */
const progressMillis = 100

function main(): number {
  const options = { output: { type: 'string', short: 'o', default: 'text' } } as const
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  const [name = '', nodes, ...rest] = positionals
  const scenario = Object.hasOwn(scenarios, name) ? scenarios[name] : undefined
  if (scenario === undefined) return refuse(`${JSON.stringify(name)} is no scenario`)
  if (!(Number.isInteger(Number(nodes)) && Number(nodes) >= 2))
    return refuse(`${JSON.stringify(nodes ?? '')} nodes: give a whole number from 2`)
  if (!['text', 'json'].includes(values.output)) return refuse(`-o ${values.output}: give text or json`)
  const settings = parseSettings(rest)

  const figures = simulate(scenario, Number(nodes), settings, showProgress)
  const result = { scenario: name, nodes: Number(nodes), settings, figures }
  console.log(values.output === 'json' ? JSON.stringify(result) : formatFigures(figures))
  return figures.some(isMissed) ? 1 : 0
}

/** The reason comes last: what is above has scrolled away. */
function refuse(reason: string): number {
  console.error(`${usage()}\n${reason}`)
  return 2
}

try {
  process.exitCode = main()
} catch (error) {
  if (!(error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS') && !(error instanceof SettingError))
    throw error
  process.exitCode = refuse((error as Error).message)
}
