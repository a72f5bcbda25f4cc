import { type BuildInfo, formatVersion } from './build-info.ts'
import type { DaemonSettings } from './common-flags.ts'
import { asksFor, FlagError, type FlagTable, type FlagValues, parseFlags } from './flags.ts'
import { formatUsage } from './usage.ts'

/** What a command line asks for: a process, or a text and the end. */
export type Plan<T extends FlagTable> =
  | { kind: 'run'; flags: FlagValues<T>; settings: DaemonSettings }
  | { kind: 'print'; text: string; exitCode: 0 }
  | { kind: 'refuse'; text: string; exitCode: typeof usageExitCode }

// As Go's flag package, so that scripts and probes can tell a wrong flag from a crash.
const usageExitCode = 2

export interface CommandLine<T extends FlagTable> {
  name: string
  flags: T
  settings: (flags: FlagValues<T>) => DaemonSettings
  argv: readonly string[]
  env: NodeJS.ProcessEnv
  build: BuildInfo
}

export function planRun<T extends FlagTable>(commandLine: CommandLine<T>): Plan<T> {
  const { name, argv, build, flags: table } = commandLine
  if (asksFor('help', argv) || asksFor('h', argv)) return { kind: 'print', text: formatUsage(name, table), exitCode: 0 }
  if (asksFor('version', argv)) return { kind: 'print', text: `${formatVersion(name, build)}\n`, exitCode: 0 }
  try {
    const flags = parseFlags(table, argv, commandLine.env)
    return { kind: 'run', flags, settings: commandLine.settings(flags) }
  } catch (error) {
    if (!(error instanceof FlagError)) throw error
    return { kind: 'refuse', text: `${name}: ${error.message}\n`, exitCode: usageExitCode }
  }
}
