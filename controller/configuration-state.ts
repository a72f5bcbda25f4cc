import { isDeepStrictEqual } from 'node:util'
import type { V1OwnerReference } from '@kubernetes/client-node'
import { configurationState } from '../config/configuration-state.ts'
import type { ConfigurationState } from '../crds/generated/types.ts'
import { isNotFound, type KubeClient } from '../kube/client.ts'
import type { Clock } from '../kube/clock.ts'
import { Action, type Controller, startController } from '../kube/controller.ts'
import { pods } from '../kube/core.ts'
import type { Log } from '../kube/log.ts'
import type { Store } from '../kube/store.ts'
import { configurationStateName, configurationStateResource } from './watches.ts'

export interface ConfigurationStateOptions {
  readonly client: KubeClient
  readonly namespace: string
  /** "" where unknown: then the object has no owner. */
  readonly podName: string
  readonly store: Store<ConfigurationState>
  readonly log: Log
  readonly clock: Clock
}

const fieldManager = 'poolReconciler'

/** Tells in the ConfigurationState `controller` whether the configuration is in force. */
export class ConfigurationStateWriter {
  readonly #options: ConfigurationStateOptions
  readonly #controller: Controller
  readonly #unsubscribe: () => void
  #messages: readonly string[] | undefined

  constructor(options: ConfigurationStateOptions) {
    this.#options = options
    const { log, clock, store } = options
    this.#controller = startController({ name: 'configuration-state', reconcile: () => this.#write(), log, clock })
    this.#unsubscribe = store.subscribe(() => this.#look())
  }

  /** Empty: the configuration is in force. */
  set(messages: readonly string[]): void {
    this.#messages = messages
    this.#look()
  }

  async stop(): Promise<void> {
    this.#unsubscribe()
    await this.#controller.stop()
  }

  #look(): void {
    this.#controller.enqueue(configurationStateName)
  }

  async #write(): Promise<Action> {
    const { client, namespace, store, clock } = this.#options
    if (this.#messages === undefined) return Action.awaitChange
    const subject = {
      namespace,
      name: configurationStateName,
      labels: { 'metallb.io/component-type': 'controller' },
      conditionType: 'poolReconcilerValid',
      owners: await this.#owners(),
    }
    const wanted = configurationState(subject, this.#messages, clock.wallTime())
    if (saysTheSame(store.get(`${namespace}/${configurationStateName}`), wanted)) return Action.awaitChange
    const { status, ...object } = wanted
    await client.apply(configurationStateResource, object, { fieldManager, force: true })
    const identity = { ...object, metadata: { namespace, name: configurationStateName } }
    const withStatus = { ...identity, ...(status === undefined ? {} : { status }) }
    await client.apply(configurationStateResource, withStatus, { fieldManager, force: true, subresource: 'status' })
    return Action.awaitChange
  }

  async #owners(): Promise<V1OwnerReference[]> {
    const { client, namespace, podName } = this.#options
    if (podName === '') return []
    try {
      const { metadata } = await client.get(pods, { namespace, name: podName })
      return [{ apiVersion: 'v1', kind: 'Pod', name: podName, uid: metadata?.uid ?? '' }]
    } catch (error) {
      if (isNotFound(error)) return []
      throw error
    }
  }
}

/** Apart from the time. */
function saysTheSame(stored: ConfigurationState | undefined, wanted: ConfigurationState): boolean {
  const essence = ({ metadata, status }: ConfigurationState) => [
    metadata?.ownerReferences?.[0]?.uid,
    status?.result,
    status?.errorSummary ?? '',
    status?.conditions?.[0]?.status,
  ]
  return stored !== undefined && isDeepStrictEqual(essence(stored), essence(wanted))
}
