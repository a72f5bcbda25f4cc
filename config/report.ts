import type { Verdict } from './config-keeper.ts'

/** Where people look. */
export interface ConfigurationReport {
  readonly log: {
    info(fields: object, message: string): void
    error(fields: object, message: string): void
  }
  readonly metrics: { config(state: { readonly loaded: boolean; readonly stale: boolean }): void }
  /** The ConfigurationState. Empty: the configuration is in force. */
  readonly state: { set(messages: readonly string[]): void }
  /** Told why the process must not count as ready: it has no configuration, not even an older one. */
  readonly notReady: (reason: string) => void
}

/** Says whether the configuration is in force, and if not, why. */
export function reportVerdict(
  { log, metrics, state, notReady }: ConfigurationReport,
  { loaded, errors }: Verdict,
): void {
  state.set(errors.map(({ message }) => message))
  metrics.config({ loaded, stale: errors.length > 0 })
  if (!loaded) notReady(`no configuration is in force: ${errors[0]?.message}`)
  if (errors.length === 0) log.info({ event: 'configLoaded' }, 'the configuration is in force')
  for (const { kind, name, field, value, message: error } of errors) {
    const fields = { event: 'configStale', kind, name, field, value, error }
    log.error(fields, `the configuration is refused, ${loaded ? 'the last good one stays' : 'and none is'} in force`)
  }
}
