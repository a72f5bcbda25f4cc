import type { V1Pod } from '@kubernetes/client-node'
import { configurationState, tellsTheSame } from '../config/configuration-state.ts'
import { configurationStates } from '../crds/generated/resources.ts'
import type { ConfigurationState } from '../crds/generated/types.ts'
import { keepApplied } from '../kube/applied-object.ts'
import type { KubeClient } from '../kube/client.ts'
import type { Clock } from '../kube/clock.ts'
import type { Log } from '../kube/log.ts'
import type { Store } from '../kube/store.ts'
import { ownedBy } from './l2-status.ts'
import { configurationStateName } from './watches.ts'

export interface ConfigurationStateOptions {
  client: KubeClient
  namespace: string
  node: string
  /** Owns the object; undefined outside a pod. */
  pod: () => V1Pod | undefined
  store: Store<ConfigurationState>
  log: Log
  clock: Clock
}

export interface ConfigurationStateWriter {
  /** Empty: the configuration is in force. */
  set(messages: readonly string[]): void
  stop(): Promise<void>
}

/** Tells in the ConfigurationState `speaker-<node>` whether the configuration is in force here. */
export function writeConfigurationState(options: ConfigurationStateOptions): ConfigurationStateWriter {
  const { namespace, node, pod, clock } = options
  const name = configurationStateName(node)
  const subject = {
    ...{ namespace, name, conditionType: 'configReconcilerValid' },
    labels: { 'metallb.io/component-type': 'speaker', 'metallb.io/node-name': node },
  }
  const object = keepApplied({
    ...options,
    resource: configurationStates,
    key: `${namespace}/${name}`,
    fieldManager: 'configReconciler',
    isSame: tellsTheSame,
  })
  return {
    set: (messages) =>
      object.want(() => configurationState({ ...subject, owners: ownedBy(pod()) }, messages, clock.wallTime())),
    stop: object.stop,
  }
}
