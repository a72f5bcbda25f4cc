import { isDeepStrictEqual } from 'node:util'

/**
 * What is special about a part of `then`:
 * - `set`: a list whose order does not matter; repetitions do
 * - `map`: an object whose keys are data (names of pools, Services, nodes), so that none may be missing or extra
 * - `informative`: not compared
 * - a function: says itself whether two values are the same
 *
 * By default lists have an order, and objects may have more facts than are expected.
 */
export type Rule = 'set' | 'map' | 'informative' | ((expected: unknown, actual: unknown) => boolean)

/** By path within one `then`: `allocations.*.ips`. `*` stands for any key and for any position of a list. */
export type Rules = Readonly<Record<string, Rule>>

export interface Difference {
  /** As in jsonpath: `then[0].allocations["app/a"].ips[1]`. */
  readonly path: string
  /** Undefined: it should not be there. */
  readonly expected: unknown
  /** Undefined: it is not there. */
  readonly actual: unknown
}

/** @param at the path of `expected`, for the reader */
export function compare(expected: unknown, actual: unknown, rules: Rules, at: string): Difference[] {
  const differences: Difference[] = []
  new Comparison(rules, differences).any(expected, actual, { text: at, keys: [] })
  return differences
}

interface Place {
  readonly text: string
  readonly keys: readonly string[]
}

class Comparison {
  readonly #rules: readonly { readonly pattern: readonly string[]; readonly rule: Rule }[]
  readonly #source: Rules
  readonly #differences: Difference[]

  constructor(rules: Rules, differences: Difference[]) {
    this.#source = rules
    this.#rules = Object.entries(rules).map(([path, rule]) => ({ pattern: path.split('.'), rule }))
    this.#differences = differences
  }

  any(expected: unknown, given: unknown, place: Place): void {
    const actual = plain(given)
    const rule = this.#ruleFor(place.keys)
    if (rule === 'informative') return
    if (typeof rule === 'function') this.#unless(rule(expected, actual), expected, actual, place)
    else if (Array.isArray(expected) && Array.isArray(actual)) {
      if (rule === 'set') this.#set(expected, actual, place)
      else this.#list(expected, actual, place)
    } else if (isRecord(expected) && isRecord(actual)) this.#record(expected, actual, place, rule === 'map')
    else this.#unless(isDeepStrictEqual(expected, actual), expected, actual, place)
  }

  #list(expected: readonly unknown[], actual: readonly unknown[], place: Place): void {
    for (let index = 0; index < Math.max(expected.length, actual.length); index++) {
      this.any(expected[index], actual[index], at(place, index))
    }
  }

  #set(expected: readonly unknown[], actual: readonly unknown[], place: Place): void {
    const left = [...actual]
    for (const [index, wanted] of expected.entries()) {
      const found = left.findIndex((one) => this.#isSame(wanted, one, at(place, index)))
      if (found < 0) this.#differences.push({ path: `${place.text}[*]`, expected: wanted, actual: undefined })
      else left.splice(found, 1)
    }
    for (const extra of left) this.#differences.push({ path: `${place.text}[*]`, expected: undefined, actual: extra })
  }

  #record(
    expected: Readonly<Record<string, unknown>>,
    actual: Readonly<Record<string, unknown>>,
    place: Place,
    isMap: boolean,
  ): void {
    const own = (key: string) => (Object.hasOwn(actual, key) ? actual[key] : undefined)
    for (const [key, value] of Object.entries(expected)) this.any(value, own(key), at(place, key))
    for (const key of isMap ? Object.keys(actual) : []) {
      if (!Object.hasOwn(expected, key)) this.any(undefined, actual[key], at(place, key))
    }
  }

  #unless(isSame: boolean, expected: unknown, actual: unknown, { text }: Place): void {
    if (!isSame) this.#differences.push({ path: text, expected, actual })
  }

  #isSame(expected: unknown, actual: unknown, place: Place): boolean {
    const differences: Difference[] = []
    new Comparison(this.#source, differences).any(expected, actual, place)
    return differences.length === 0
  }

  #ruleFor(keys: readonly string[]): Rule | undefined {
    return this.#rules.find(({ pattern }) => fits(pattern, keys))?.rule
  }
}

function fits(pattern: readonly string[], keys: readonly string[]): boolean {
  return pattern.length === keys.length && pattern.every((part, index) => part === '*' || part === keys[index])
}

function at({ text, keys }: Place, key: string | number): Place {
  const isWord = typeof key === 'string' && /^[A-Za-z_][\w-]*$/.test(key)
  return { text: isWord ? `${text}.${key}` : `${text}[${JSON.stringify(key)}]`, keys: [...keys, String(key)] }
}

/** The format writes numbers above 2^53 as strings. */
function plain(value: unknown): unknown {
  if (typeof value !== 'bigint') return value
  return value > 2n ** 53n ? String(value) : Number(value)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
