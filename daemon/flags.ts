/** A row of a flag table: how `--name` (or its environment variable) becomes a value. Made by the functions below. */
export interface Flag<T> {
  readonly kind: 'text' | 'integer' | 'boolean' | 'choice'
  /** What the value is when neither the flag nor its environment variable is given. */
  readonly fallback: T
  /** One line for the usage text. */
  readonly usage: string
  /** The environment variable read when the flag is absent; an empty variable counts as absent. */
  readonly env: string | undefined
  /** A setting that MetalLB takes from the environment alone: no flag of this name exists. */
  readonly environmentOnly: boolean
  readonly required: boolean
  /** What the usage text shows behind the name. */
  readonly valueName: string
  /** Throws an Error that says what would be right. */
  readonly parse: (text: string) => T
}

/** Keys are the names as they are typed: `{ 'log-level': choiceFlag(...) }`. */
export type FlagTable = Readonly<Record<string, Flag<unknown>>>
export type FlagValues<T extends FlagTable> = { readonly [K in keyof T]: T[K] extends Flag<infer V> ? V : never }

interface FlagOptions {
  usage: string
  env?: string
  environmentOnly?: boolean
  required?: boolean
}

/** The command line or the environment is wrong. The message names the flag, its value and the remedy. */
export class FlagError extends Error {
  readonly code: 'unknown-flag' | 'bad-value' | 'missing-value' | 'missing-flag' | 'stray-argument'

  constructor(code: FlagError['code'], message: string) {
    super(message)
    this.name = 'FlagError'
    this.code = code
  }
}

export function textFlag(options: FlagOptions & { default?: string }): Flag<string> {
  return row('text', options, options.default ?? '', 'string', (text) => text)
}

/** Decimal integers, `min` and `max` included. */
export function integerFlag(options: FlagOptions & { default: number; min?: number; max?: number }): Flag<number> {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = options
  return row('integer', options, options.default, 'int', (text) => {
    const value = Number(text)
    if (!/^[+-]?\d+$/.test(text) || value < min || value > max) throw new Error(`give ${describeBounds(min, max)}`)
    return value
  })
}

/** A TCP or UDP port; 0 stands for "off" where the usage text says so. */
export function portFlag(options: FlagOptions & { default: number }): Flag<number> {
  return integerFlag({ ...options, min: 0, max: 65535 })
}

export function booleanFlag(options: FlagOptions & { default?: boolean }): Flag<boolean> {
  return row('boolean', options, options.default ?? false, '', (text) => {
    const value = booleanWords[text]
    if (value === undefined) throw new Error('give true or false')
    return value
  })
}

export function choiceFlag<const C extends string>(
  choices: readonly C[],
  options: FlagOptions & { default: NoInfer<C> },
): Flag<C> {
  return row('choice', options, options.default, choices.join('|'), (text) => {
    const choice = choices.find((candidate) => candidate === text)
    if (choice === undefined) throw new Error(`give one of ${choices.join(', ')}`)
    return choice
  })
}

/**
 * Reads `argv` (without interpreter and script) as Go's flag package does: `-name` or `--name`, value behind `=` or in the next
 * argument, booleans alone or with `=`. Unlike Go, which stops there in silence, an argument that belongs to no flag is an error.
 */
export function parseFlags<T extends FlagTable>(
  table: T,
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
): FlagValues<T> {
  const given = readArguments(table, argv)
  const values = Object.entries(table).map(([name, flag]) => [name, resolve(name, flag, given.get(name), env)])
  return Object.fromEntries(values) as FlagValues<T> // the table's own keys, each parsed by its own row
}

/** True when `argv` asks for the flag `name` before the end of flags; for `--help` and `--version`, which are no rows. */
export function asksFor(name: string, argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  const flags = end < 0 ? argv : argv.slice(0, end)
  return flags.some((argument) => argument === `-${name}` || argument === `--${name}`)
}

function row<T>(
  kind: Flag<T>['kind'],
  options: FlagOptions,
  fallback: T,
  valueName: string,
  parse: Flag<T>['parse'],
): Flag<T> {
  const { usage, env, environmentOnly = false, required = false } = options
  return { kind, fallback, usage, env, environmentOnly, required, valueName, parse }
}

function readArguments(table: FlagTable, argv: readonly string[]): Map<string, string> {
  const given = new Map<string, string>()
  const rest = [...argv]
  for (let argument = rest.shift(); argument !== undefined && argument !== '--'; argument = rest.shift()) {
    const { name, value } = splitArgument(argument)
    const flag = Object.hasOwn(table, name) ? table[name] : undefined
    if (flag === undefined || flag.environmentOnly) throw new FlagError('unknown-flag', unknownFlag(name, flag))
    given.set(name, value ?? (flag.kind === 'boolean' ? 'true' : nextValue(name, rest)))
  }
  if (rest.length > 0) throw new FlagError('stray-argument', strayArgument(rest[0]!))
  return given
}

function splitArgument(argument: string): { name: string; value: string | undefined } {
  const match = /^--?(?<name>[^-=][^=]*)(?:=(?<value>.*))?$/s.exec(argument)
  if (match === null) throw new FlagError('stray-argument', strayArgument(argument))
  return { name: match.groups!['name']!, value: match.groups!['value'] }
}

function nextValue(name: string, rest: string[]): string {
  const value = rest.shift()
  if (value === undefined) throw new FlagError('missing-value', `flag --${name} needs a value: write --${name}=VALUE`)
  return value
}

function resolve<T>(name: string, flag: Flag<T>, given: string | undefined, env: NodeJS.ProcessEnv): T {
  if (given !== undefined) return parseValue(flag, given, `flag --${name}`)
  const fromEnv = flag.env === undefined ? undefined : env[flag.env]
  if (fromEnv) return parseValue(flag, fromEnv, `environment variable ${flag.env}`)
  if (flag.required) throw new FlagError('missing-flag', `${sources(name, flag)} is required: ${flag.usage}`)
  return flag.fallback
}

function parseValue<T>(flag: Flag<T>, text: string, source: string): T {
  try {
    return flag.parse(text)
  } catch (error) {
    throw new FlagError('bad-value', `${source} has the bad value ${JSON.stringify(text)}: ${(error as Error).message}`)
  }
}

function sources(name: string, flag: Flag<unknown>): string {
  if (flag.environmentOnly) return `environment variable ${flag.env}`
  return flag.env === undefined ? `flag --${name}` : `flag --${name} (or environment variable ${flag.env})`
}

function unknownFlag(name: string, environmentOnly: Flag<unknown> | undefined): string {
  if (environmentOnly?.env) return `flag --${name} does not exist: set the environment variable ${environmentOnly.env}`
  return `flag --${name} does not exist: --help lists all flags`
}

function strayArgument(argument: string): string {
  return `argument ${JSON.stringify(argument)} belongs to no flag: write --name=value (booleans too: --name=false)`
}

function describeBounds(min: number, max: number): string {
  if (min === Number.MIN_SAFE_INTEGER) return 'an integer'
  return max === Number.MAX_SAFE_INTEGER ? `an integer of at least ${min}` : `an integer from ${min} to ${max}`
}

// Go: strconv.ParseBool
const booleanWords: Readonly<Record<string, boolean>> = Object.assign(Object.create(null), {
  ...{ '1': true, t: true, T: true, true: true, TRUE: true, True: true },
  ...{ '0': false, f: false, F: false, false: false, FALSE: false, False: false },
})
