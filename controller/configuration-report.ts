import type { Verdict } from '../config/config-keeper.ts'
import type { ConfigError } from '../config/faults.ts'
import { type ConfigurationReport, reportVerdict } from '../config/report.ts'
import type { IPAddressPool } from '../crds/generated/types.ts'
import type { EventRecorder } from '../kube/events.ts'
import type { Store } from '../kube/store.ts'

export interface ConfigurationReportOptions extends ConfigurationReport {
  readonly namespace: string
  readonly pools: Store<IPAddressPool>
  readonly events: Pick<EventRecorder, 'emit'>
}

/** Says everywhere where people look whether the configuration is in force, and if not, why. */
export function reportConfiguration(options: ConfigurationReportOptions, verdict: Verdict): void {
  reportVerdict(options, verdict)
  for (const error of verdict.errors) tellObject(options, error)
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
