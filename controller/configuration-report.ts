import type { ConfigError } from '../config/faults.ts'
import type { IPAddressPool } from '../crds/generated/types.ts'
import type { EventRecorder } from '../kube/events.ts'
import type { Store } from '../kube/store.ts'
import type { Finding } from './configuration.ts'
import type { ConfigurationStateWriter } from './configuration-state.ts'

export interface ConfigurationReportOptions {
  readonly namespace: string
  readonly pools: Store<IPAddressPool>
  readonly state: Pick<ConfigurationStateWriter, 'set'>
  readonly events: Pick<EventRecorder, 'emit'>
}

/** Says in the cluster whether the configuration is in force, and if not, why: in one place, and at each object at fault. */
export function reportConfiguration(options: ConfigurationReportOptions, { messages, verdict }: Finding): void {
  options.state.set(messages)
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
