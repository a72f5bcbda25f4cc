import { isDeepStrictEqual } from 'node:util'
import type { V1Pod } from '@kubernetes/client-node'
import { configurationState } from '../config/configuration-state.ts'
import type { ConfigurationState } from '../crds/generated/types.ts'
import type { KubeClient } from '../kube/client.ts'
import type { Clock } from '../kube/clock.ts'
import { Action, type Controller, startController } from '../kube/controller.ts'
import type { Log } from '../kube/log.ts'
import type { Store } from '../kube/store.ts'
import { ownedBy } from './l2-status.ts'
import { configurationStateName, configurationStateResource } from './watches.ts'

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

const fieldManager = 'configReconciler'

/** Tells in the ConfigurationState `speaker-<node>` whether the configuration is in force here. */
export class ConfigurationStateWriter {
  readonly #options: ConfigurationStateOptions
  readonly #controller: Controller
  readonly #name: string
  #messages: readonly string[] | undefined

  constructor(options: ConfigurationStateOptions) {
    this.#options = options
    this.#name = configurationStateName(options.node)
    const { log, clock, store } = options
    this.#controller = startController({ name: 'configuration-state', reconcile: () => this.#write(), log, clock })
    store.subscribe(() => this.#controller.enqueue(this.#name))
  }

  /** Empty: the configuration is in force. */
  set(messages: readonly string[]): void {
    this.#messages = messages
    this.#controller.enqueue(this.#name)
  }

  async stop(): Promise<void> {
    await this.#controller.stop()
  }

  async #write(): Promise<Action> {
    const { client, namespace, node, pod, store, clock } = this.#options
    if (this.#messages === undefined) return Action.awaitChange
    const subject = {
      namespace,
      name: this.#name,
      labels: { 'metallb.io/component-type': 'speaker', 'metallb.io/node-name': node },
      conditionType: 'configReconcilerValid',
      owners: ownedBy(pod()),
    }
    const wanted = configurationState(subject, this.#messages, clock.wallTime())
    if (saysTheSame(store.get(`${namespace}/${this.#name}`), wanted)) return Action.awaitChange
    const { status, ...object } = wanted
    await client.apply(configurationStateResource, object, { fieldManager, force: true })
    const named = { ...object, metadata: { namespace, name: this.#name }, ...(status && { status }) }
    await client.apply(configurationStateResource, named, { fieldManager, force: true, subresource: 'status' })
    return Action.awaitChange
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
