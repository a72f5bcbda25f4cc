import type { Step } from './suite.ts'

export interface Scenario {
  readonly id: string
  readonly title: string
  /** Why what MetalLB does is doubtful; then it need not be matched. */
  readonly quirk: string | undefined
  readonly given: Readonly<Record<string, unknown>>
  readonly steps: readonly Step[]
  /** One for each step. */
  readonly expected: readonly Expectation[]
}

export interface Expectation {
  /** `then`, or `then[2]`. */
  readonly path: string
  readonly facts: Readonly<Record<string, unknown>>
}

/** A file of scenarios as far as it could be read. */
export interface ScenarioFile {
  readonly suite: string
  readonly format: unknown
  readonly scenarios: readonly Scenario[]
  /** What could not be read. */
  readonly problems: readonly Problem[]
}

export interface Problem {
  /** `line 3, column 7`, or `scenarios[3].when[1]`. */
  readonly position: string
  readonly message: string
}

export class MalformedFileError extends Error {
  override readonly name = 'MalformedFileError'
  readonly position: string

  constructor({ position, message }: Problem) {
    super(message)
    this.position = position
  }
}

type Json = Readonly<Record<string, unknown>>

/** Undefined: JSON about something else. Throws {@link MalformedFileError}. */
export function parseScenarioFile(text: string): ScenarioFile | undefined {
  const file = parseJson(text)
  if (!isRecord(file)) throw malformed('the start', 'is not a JSON object')
  if (!['suite', 'format', 'scenarios'].some((key) => Object.hasOwn(file, key))) return undefined
  const { suite, format, scenarios } = file
  if (typeof suite !== 'string') throw malformed('suite', 'is not a name')
  if (format === undefined) throw malformed('format', 'is missing')
  if (format !== knownFormat) return { suite, format, scenarios: [], problems: [] }
  if (!Array.isArray(scenarios)) throw malformed('scenarios', 'is not a list')
  const problems: Problem[] = []
  const readable = scenarios.flatMap((source, index) => {
    try {
      return [parseScenario(source, `scenarios[${index}]`)]
    } catch (error) {
      if (!(error instanceof MalformedFileError)) throw error
      problems.push(error)
      return []
    }
  })
  return { suite, format, scenarios: readable, problems }
}

export const knownFormat = 1

function parseScenario(source: unknown, at: string): Scenario {
  const scenario = record(source, at)
  const { id, title = '', quirk } = scenario
  if (typeof id !== 'string' || id === '') throw malformed(`${at}.id`, 'is not a text')
  const place = `${at} (${id})`
  if (typeof title !== 'string') throw malformed(`${place}.title`, 'is not a text')
  if (quirk !== undefined && typeof quirk !== 'string') throw malformed(`${place}.quirk`, 'is not a text')
  const steps = oneOrMore(scenario['when'], `${place}.when`).map(({ value, path }) => {
    if (typeof value['op'] !== 'string') throw malformed(`${path}.op`, 'is not a text')
    return value as Step
  })
  const expected = oneOrMore(scenario['then'], `${place}.then`)
  if (Array.isArray(scenario['then']) !== Array.isArray(scenario['when']) || expected.length !== steps.length) {
    throw malformed(`${place}.then`, `does not go with when: ${expected.length} for ${steps.length}`)
  }
  const isList = Array.isArray(scenario['then'])
  return {
    ...{ id, title, quirk, steps },
    given: record(scenario['given'] ?? {}, `${place}.given`),
    expected: expected.map(({ value }, index) => ({ path: isList ? `then[${index}]` : 'then', facts: value })),
  }
}

function oneOrMore(source: unknown, at: string): { value: Json; path: string }[] {
  if (!Array.isArray(source)) return [{ value: record(source, at), path: at }]
  return source.map((value, index) => ({ value: record(value, `${at}[${index}]`), path: `${at}[${index}]` }))
}

function record(source: unknown, at: string): Json {
  if (!isRecord(source)) throw malformed(at, source === undefined ? 'is missing' : 'is not an object')
  return source
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function malformed(position: string, message: string): MalformedFileError {
  return new MalformedFileError({ position, message })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const lines = text.slice(0, offsetOf(text, error as SyntaxError)).split('\n')
    throw malformed(`line ${lines.length}, column ${lines.at(-1)!.length + 1}`, (error as SyntaxError).message)
  }
}

/** V8 says where, but for an unexpected token: that is where the shortest beginning with the same complaint ends. */
function offsetOf(text: string, { message }: SyntaxError): number {
  const [, said] = / at position (\d+)/.exec(message) ?? []
  if (said !== undefined) return Number(said)
  if (!isUnexpectedToken(text)) return text.length
  let [good, bad] = [0, text.length]
  while (bad - good > 1) {
    const middle = (good + bad) >> 1
    if (isUnexpectedToken(text.slice(0, middle))) bad = middle
    else good = middle
  }
  return good
}

function isUnexpectedToken(text: string): boolean {
  try {
    JSON.parse(text)
    return false
  } catch (error) {
    return (error as SyntaxError).message.startsWith('Unexpected token')
  }
}
