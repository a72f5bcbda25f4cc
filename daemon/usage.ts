import type { Flag, FlagTable } from './flags.ts'

/** Defaults that need not be told. */
const nothing: readonly unknown[] = ['', false, undefined]

/** The text of `--help`: flags in the order of the table, then the settings that come from the environment alone. */
export function formatUsage(name: string, table: FlagTable): string {
  const rows = Object.entries(table)
  const flags = rows
    .filter(([, flag]) => !flag.environmentOnly)
    .map(([flagName, flag]) => describe(`--${flagName}`, flag))
  const settings = rows.filter(([, flag]) => flag.environmentOnly).map(([, flag]) => describe(flag.env ?? '', flag))
  const common = ['  --help\n        print this text', '  --version\n        print version, commit and platform']
  const environment = settings.length === 0 ? [] : ['', 'Environment:', ...settings]
  return [`Usage: ${name} [flags]`, '', 'Flags:', ...flags, ...common, ...environment, ''].join('\n')
}

function describe(title: string, flag: Flag<unknown>): string {
  const value = flag.valueName === '' ? '' : `=${flag.valueName}`
  return `  ${title}${value}\n        ${flag.usage}${remarks(flag)}`
}

function remarks(flag: Flag<unknown>): string {
  const parts = [
    flag.required ? 'required' : '',
    nothing.includes(flag.fallback) ? '' : `default ${flag.fallback}`,
    flag.env !== undefined && !flag.environmentOnly ? `environment ${flag.env}` : '',
  ].filter((part) => part !== '')
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`
}
