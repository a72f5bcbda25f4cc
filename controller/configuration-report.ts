import type { ConfigError } from '../config/faults.ts'
import type { IPAddressPool } from '../crds/generated/types.ts'
import type { EventRecorder } from '../kube/events.ts'
import type { Log } from '../kube/log.ts'
import type { Store } from '../kube/store.ts'
import type { Verdict } from './config-keeper.ts'
import type { ConfigurationStateWriter } from './configuration-state.ts'
import type { ControllerMetrics } from './metrics.ts'

export interface ConfigurationReportOptions {
  readonly namespace: string
  readonly pools: Store<IPAddressPool>
  readonly state: Pick<ConfigurationStateWriter, 'set'>
  readonly metrics: Pick<ControllerMetrics, 'config'>
  readonly events: Pick<EventRecorder, 'emit'>
  readonly log: Log
}

/** Says everywhere where people look whether the configuration is in force, and if not, why. */
export function reportConfiguration(options: ConfigurationReportOptions, { loaded, errors }: Verdict): void {
  const { state, metrics, log } = options
  state.set(errors.map(({ message }) => message))
  metrics.config({ loaded, stale: errors.length > 0 })
  if (errors.length === 0) log.info({}, 'configuration is in force')
  for (const error of errors) {
    const { kind, name, field, value, message } = error
    log.error({ kind, name, field, value, error: message }, 'configuration refused, the last good one stays in force')
    tellObject(options, error)
  }
}

function tellObject(
  { namespace, pools, events }: ConfigurationReportOptions,
  { kind, name, message }: ConfigError,
): void {
  const metadata = pools.get(`${namespace}/${name}`)?.metadata
  if (metadata === undefined) return
  events.emit(
    { apiVersion: 'metallb.io/v1beta1', kind, metadata },
    { type: 'Warning', reason: 'ConfigurationError', message },
  )
}
