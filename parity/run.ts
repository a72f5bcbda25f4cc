import { globSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { compare, type Difference } from './compare.ts'
import {
  knownFormat,
  MalformedFileError,
  parseScenarioFile,
  type Scenario,
  type ScenarioFile,
} from './scenario-file.ts'
import type { Suite } from './suite.ts'
import { pendingSuites, suites } from './suites.ts'

/** What became of one scenario, or of a file that has none to run. */
export interface Outcome {
  readonly status: 'passed' | 'failed' | 'skipped'
  readonly file: string
  /** How many scenarios this is about: those of a file that is skipped as a whole count one by one. */
  readonly count: number
  readonly suite?: string
  readonly id?: string
  readonly title?: string
  /** Why it was skipped or could not be run. */
  readonly reason?: string
  readonly differences?: readonly Difference[]
}

/** No scenario waits for anything but its own steps. */
const limitMillis = 10_000

/** Runs the scenarios of every file below `where`, or of `where` itself if that is a file. */
export async function runAll(where: string): Promise<Outcome[]> {
  const isFile = statSync(where).isFile()
  const directory = isFile ? dirname(where) : where
  const files = isFile ? [basename(where)] : globSync('**/*.json', { cwd: directory }).sort()
  const outcomes: Outcome[] = []
  for (const file of files) outcomes.push(...(await runFile(file, readFileSync(join(directory, file), 'utf8'))))
  return outcomes
}

export async function runFile(file: string, text: string): Promise<Outcome[]> {
  const parsed = tryParse(file, text)
  if ('status' in parsed) return [parsed]
  const { suite: name, scenarios, problems } = parsed
  const suite = suites.get(name)
  if (suite === undefined) {
    const reason = `suite ${name} ${pendingSuites.get(name) ?? 'is not known here'}`
    return [{ status: 'skipped', file, count: scenarios.length + problems.length, suite: name, reason }]
  }
  const outcomes = problems.map(({ position, message }): Outcome => {
    return { status: 'failed', file, count: 1, suite: name, reason: `${position}: ${message}` }
  })
  for (const scenario of scenarios) {
    outcomes.push({ file, count: 1, suite: name, ...(await runScenario(suite, scenario)) })
  }
  return outcomes
}

function tryParse(file: string, text: string): ScenarioFile | Outcome {
  try {
    const parsed = parseScenarioFile(text)
    if (parsed === undefined) return { status: 'skipped', file, count: 1, reason: 'is no file of scenarios' }
    if (parsed.format === knownFormat) return parsed
    const reason = `format ${JSON.stringify(parsed.format)} is not known here, only ${knownFormat}`
    return { status: 'skipped', file, count: 1, suite: parsed.suite, reason }
  } catch (error) {
    if (!(error instanceof MalformedFileError)) throw error
    return { status: 'failed', file, count: 1, reason: `${error.position}: ${error.message}` }
  }
}

type Verdict = Pick<Outcome, 'status' | 'id' | 'title' | 'reason' | 'differences'>

export async function runScenario(suite: Suite, scenario: Scenario): Promise<Verdict> {
  const { id, title, quirk } = scenario
  const found = await differencesIn(suite, scenario)
  const isSame = found.reason === undefined && found.differences.length === 0
  if (isSame) return { status: 'passed', id, title }
  if (quirk === undefined) return { status: 'failed', id, title, ...found }
  return { status: 'skipped', id, title, ...found, reason: [`quirk: ${quirk}`, found.reason ?? []].flat().join('; ') }
}

async function differencesIn(
  suite: Suite,
  { given, steps, expected }: Scenario,
): Promise<{ differences: Difference[]; reason?: string }> {
  try {
    const facts = await within(limitMillis, suite.run(structuredClone(given), structuredClone(steps)))
    return {
      differences: expected.flatMap(({ path, facts: wanted }, i) => compare(wanted, facts[i], suite.rules, path)),
    }
  } catch (error) {
    return { differences: [], reason: error instanceof Error ? `${error.name}: ${error.message}` : String(error) }
  }
}

async function within<T>(millis: number, work: T | Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`no answer within ${millis} ms`)), millis)
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}
