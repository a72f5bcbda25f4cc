import { parse } from 'yaml'
import { compileGoRegExp } from './go-regexp.ts'

/** The file of interfaces to leave alone cannot be used. */
export class ExclusionError extends Error {
  override readonly name = 'ExclusionError'
  readonly code = 'bad-exclusions'
}

/**
 * Reads `announcedInterfacesToExclude`, a list of regular expressions, from the text of excludel2.yaml.
 * An interface is excluded when one of them is found anywhere in its name. Throws ExclusionError.
 */
export function parseExclusions(text: string): RegExp | undefined {
  const patterns = readList(text)
  if (patterns.length === 0) return undefined
  return new RegExp(patterns.map((pattern) => `(?:${compile(pattern).source})`).join('|'), 'u')
}

function readList(text: string): string[] {
  const list: unknown = readYaml(text)?.announcedInterfacesToExclude ?? []
  if (Array.isArray(list) && list.every((item) => typeof item === 'string')) return list
  throw new ExclusionError('announcedInterfacesToExclude must be a list of regular expressions')
}

function readYaml(text: string): { announcedInterfacesToExclude?: unknown } | null {
  try {
    return parse(text)
  } catch (cause) {
    throw new ExclusionError('the list of interfaces to exclude is not YAML', { cause })
  }
}

function compile(pattern: string): RegExp {
  try {
    return compileGoRegExp(pattern)
  } catch (cause) {
    const reason = (cause as Error).message
    throw new ExclusionError(`the regular expression ${JSON.stringify(pattern)} cannot be used: ${reason}`, { cause })
  }
}
