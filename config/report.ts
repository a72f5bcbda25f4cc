import type { Verdict } from './config-keeper.ts'
import type { ConfigError } from './faults.ts'

/** Where people look. */
export interface ConfigurationReport {
  readonly log: {
    info(fields: object, message: string): void
    warn(fields: object, message: string): void
    error(fields: object, message: string): void
  }
  readonly metrics: { config(state: { readonly loaded: boolean; readonly stale: boolean }): void }
  /** Told why the process must not count as ready: it has no configuration, not even an older one. */
  readonly notReady: (reason: string) => void
}

/** Says whether the configuration is in force, and if not, why. */
export function reportVerdict(
  { log, metrics, notReady }: ConfigurationReport,
  { loaded, errors, warnings }: Verdict,
): void {
  metrics.config({ loaded, stale: errors.length > 0 })
  if (!loaded) notReady(`no configuration is in force: ${errors[0]?.message}`)
  if (errors.length === 0) log.info({ event: 'configLoaded' }, 'the configuration is in force')
  for (const error of errors) {
    const message = `the configuration is refused, ${loaded ? 'the last good one stays' : 'and none is'} in force`
    log.error({ event: 'configStale', ...fieldsOf(error) }, message)
  }
  for (const warning of warnings) log.warn({ event: 'configWarning', ...fieldsOf(warning) }, 'the configuration is odd')
}

function fieldsOf({ kind, name, field, value, message: error }: ConfigError): object {
  return { kind, name, field, value, error }
}
