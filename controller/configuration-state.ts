import type { V1OwnerReference } from '@kubernetes/client-node'
import { configurationState, tellsTheSame } from '../config/configuration-state.ts'
import { configurationStates } from '../crds/generated/resources.ts'
import type { ConfigurationState } from '../crds/generated/types.ts'
import { keepApplied } from '../kube/applied-object.ts'
import { isNotFound, type KubeClient } from '../kube/client.ts'
import type { Clock } from '../kube/clock.ts'
import type { StopOptions } from '../kube/controller.ts'
import { pods } from '../kube/core.ts'
import type { Log } from '../kube/log.ts'
import type { Store } from '../kube/store.ts'
import { configurationStateName } from './watches.ts'

export interface ConfigurationStateOptions {
  readonly client: KubeClient
  readonly namespace: string
  /** "" where unknown: then the object has no owner. */
  readonly podName: string
  readonly store: Store<ConfigurationState>
  readonly log: Log
  readonly clock: Clock
}

export interface ConfigurationStateWriter {
  /** Empty: the configuration is in force. */
  set(messages: readonly string[]): void
  stop(options?: StopOptions): Promise<void>
}

/** Tells in the ConfigurationState `controller` whether the configuration is in force. */
export function writeConfigurationState(options: ConfigurationStateOptions): ConfigurationStateWriter {
  const { namespace, clock } = options
  const subject = {
    ...{ namespace, name: configurationStateName, conditionType: 'poolReconcilerValid' },
    labels: { 'metallb.io/component-type': 'controller' },
  }
  const object = keepApplied({
    ...options,
    resource: configurationStates,
    key: `${namespace}/${configurationStateName}`,
    fieldManager: 'poolReconciler',
    isSame: tellsTheSame,
  })
  return {
    set: (messages) =>
      object.want(async (signal) => {
        const owners = await podAsOwner(options, signal)
        return configurationState({ ...subject, owners }, messages, clock.wallTime())
      }),
    stop: object.stop,
  }
}

async function podAsOwner(
  { client, namespace, podName }: ConfigurationStateOptions,
  signal: AbortSignal,
): Promise<V1OwnerReference[]> {
  if (podName === '') return []
  try {
    const { metadata } = await client.get(pods, { namespace, name: podName }, { signal })
    return [{ apiVersion: 'v1', kind: 'Pod', name: podName, uid: metadata?.uid ?? '' }]
  } catch (error) {
    if (isNotFound(error)) return []
    throw error
  }
}
