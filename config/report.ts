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
}

/** Says whether the configuration is in force, and if not, why. */
export function reportVerdict({ log, metrics, state }: ConfigurationReport, { loaded, errors }: Verdict): void {
  state.set(errors.map(({ message }) => message))
  metrics.config({ loaded, stale: errors.length > 0 })
  if (errors.length === 0) log.info({ event: 'configLoaded' }, 'the configuration is in force')
  for (const { kind, name, field, value, message: error } of errors) {
    const fields = { event: 'configStale', kind, name, field, value, error }
    log.error(fields, 'the configuration is refused, the last good one stays in force')
  }
}
