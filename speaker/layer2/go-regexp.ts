/** Expressions as Go reads them (RE2 syntax), for JavaScript: what both read alike stays, what can be said otherwise is. */

export class GoRegExpError extends Error {
  override readonly name = 'GoRegExpError'
  readonly code = 'bad-expression'
}

/** Throws GoRegExpError for what is no expression, and for the few forms of Go that JavaScript has no words for. */
export function compileGoRegExp(expression: string): RegExp {
  const [, flags, body = expression] = /^\(\?([ims]+)\)(.*)$/s.exec(expression) ?? []
  const translated = translate(body)
  try {
    return new RegExp(flags === undefined ? translated : `(?${flags}:${translated})`, 'u')
  } catch (cause) {
    throw new GoRegExpError((cause as Error).message, { cause })
  }
}

/** What the rest of the expression begins with, and how JavaScript says it. The first row that matches counts. */
type Row = readonly [form: RegExp, translation: (match: RegExpExecArray) => string]

const asItIs = ([text]: RegExpExecArray): string => text

const escapes: readonly Row[] = [
  [/^(?:\\[dDsSwWfnrtv]|\\x[0-9A-Fa-f]{2})/, asItIs],
  [/^\\x\{([0-9A-Fa-f]+)\}/, ([, digits]) => `\\u{${digits}}`],
  [/^\\a/, () => '\\x07'],
  [/^\\([pP])([A-Z])/, ([, p, category]) => `\\${p}{${category}}`],
  [/^\\([pP])\{(\^?)(\w+)\}/, ([, p, not, name = '']) => `\\${not ? opposite(p) : p}{${property(name)}}`],
  [/^\\([!-/:-@[-`{-~])/, ([, character = '']) => literal(character)],
  [/^\\.?/su, ([text]) => refuse(text)],
]

const outside: readonly Row[] = [
  [/^\\A/, () => '(?<![^])'],
  [/^\\z/, () => '(?![^])'],
  [/^\\[bB]/, asItIs],
  [/^\\Q([\s\S]*?)(?:\\E|$)/, ([, text = '']) => [...text].map(literal).join('')],
  ...escapes,
  [/^\(\?P?<\w+>/, () => '('],
  [/^\(\?[ims]*(?:-[ims]+)?:/, asItIs],
  [/^\(\?.{0,2}/, ([text]) => refuse(text)],
  [/^\{\d+(?:,\d*)?\}/, asItIs],
  [/^[{}\]]/, ([character]) => `\\${character}`],
  [/^\[(\^?)(\]?)((?:\[:\^?\w*:\]|\\.|[^\]\\])*)\]/s, ([, not, first, rest = '']) => setOf(`${not}`, `${first}`, rest)],
  [/^./su, asItIs],
]

const inSet: readonly Row[] = [
  [/^\[:(\^?\w*):\]/, ([text, name = '']) => posix.get(name) ?? refuse(text)],
  ...escapes,
  [/^\[/, () => '\\['],
  [/^./su, asItIs],
]

const posix: ReadonlyMap<string, string> = new Map(
  Object.entries({
    alnum: '0-9A-Za-z',
    alpha: 'A-Za-z',
    ascii: '\\x00-\\x7f',
    blank: '\\t ',
    cntrl: '\\x00-\\x1f\\x7f',
    digit: '0-9',
    '^digit': '\\D',
    graph: '!-~',
    lower: 'a-z',
    print: ' -~',
    punct: '!-\\/:-@\\[-`\\{-~',
    space: '\\t-\\r ',
    '^space': '\\S',
    upper: 'A-Z',
    word: '\\w',
    '^word': '\\W',
    xdigit: '0-9A-Fa-f',
  }),
)

/** A set may begin with a bracket that is one of its members. */
function setOf(not: string, first: string, rest: string): string {
  return `[${not}${first && '\\]'}${translate(rest, inSet)}]`
}

function translate(text: string, rows: readonly Row[] = outside): string {
  let translated = ''
  for (let rest = text; rest !== ''; ) {
    const [match, translation] = firstMatch(rest, rows)
    translated += translation(match)
    rest = rest.slice(match[0].length)
  }
  return translated
}

function firstMatch(text: string, rows: readonly Row[]): [RegExpExecArray, Row[1]] {
  for (const [form, translation] of rows) {
    const match = form.exec(text)
    if (match) return [match, translation]
  }
  return refuse(text)
}

/** The flag `u` allows no needless escape. */
function literal(character: string): string {
  return /[$()*+./?[\\\]^{|}]/.test(character) ? `\\${character}` : character === '-' ? '\\x2d' : character
}

function opposite(p: string | undefined): string {
  return p === 'p' ? 'P' : 'p'
}

/** Go names categories and scripts alike; one or two letters are a category. */
function property(name: string): string {
  return name.length <= 2 ? name : `Script=${name}`
}

function refuse(form: string): never {
  throw new GoRegExpError(`${form} is not supported`)
}
