import type { V1Pod } from '@kubernetes/client-node'
import { configurationStates } from '../crds/generated/resources.ts'
import type { ConfigurationState } from '../crds/generated/types.ts'
import type { KubeClient } from '../kube/client.ts'
import type { Clock } from '../kube/clock.ts'
import { Action, type Controller, startController } from '../kube/controller.ts'
import type { Log } from '../kube/log.ts'
import { defineResource } from '../kube/resource.ts'
import { ownedBy } from './l2-status.ts'

const resource = defineResource<ConfigurationState>(configurationStates)
const fieldManager = 'configReconciler'

export interface ConfigurationStateOptions {
  client: KubeClient
  namespace: string
  node: string
  pod: () => V1Pod | undefined
  log: Log
  clock: Clock
}

/** Tells in the ConfigurationState `speaker-<node>` whether the configuration is in force here. */
export class ConfigurationStateWriter {
  readonly #options: ConfigurationStateOptions
  readonly #controller: Controller
  readonly #key: string
  #errors: readonly string[] | undefined
  #written: string | undefined

  constructor(options: ConfigurationStateOptions) {
    this.#options = options
    this.#key = `${options.namespace}/${nameFor(options.node)}`
    const { log, clock } = options
    this.#controller = startController({
      name: 'configuration-state',
      reconcile: () => this.#write(),
      log,
      clock,
    })
  }

  /** Empty: the configuration is in force. */
  set(errors: readonly string[]): void {
    this.#errors = errors
    this.#controller.enqueue(this.#key)
  }

  async stop(): Promise<void> {
    await this.#controller.stop()
  }

  async #write(): Promise<Action> {
    const { client, clock, pod } = this.#options
    const text = this.#errors?.join('\n')
    if (text === undefined || text === this.#written) return Action.awaitChange
    const object = describeState(this.#options, pod(), text, clock.wallTime())
    const options = { fieldManager, force: true } as const
    const { status, ...withoutStatus } = object
    await client.apply(resource, withoutStatus, options)
    await client.apply(resource, { ...identityOf(object), status: status! }, { ...options, subresource: 'status' })
    this.#written = text
    return Action.awaitChange
  }
}

function nameFor(node: string): string {
  return `speaker-${node}`
}

/** @param errors one in each line; empty: none */
export function describeState(
  { namespace, node }: Pick<ConfigurationStateOptions, 'namespace' | 'node'>,
  owner: V1Pod | undefined,
  errors: string,
  now: Date,
): ConfigurationState {
  const valid = errors === ''
  return {
    apiVersion: 'metallb.io/v1beta1',
    kind: 'ConfigurationState',
    metadata: {
      name: nameFor(node),
      namespace,
      labels: { 'metallb.io/component-type': 'speaker', 'metallb.io/node-name': node },
      ownerReferences: ownedBy(owner),
    },
    status: {
      result: valid ? 'Valid' : 'Invalid',
      ...(valid ? {} : { errorSummary: errors }),
      conditions: [
        {
          type: 'configReconcilerValid',
          status: valid ? 'True' : 'False',
          reason: valid ? 'Reconciled' : 'ConfigurationError',
          message: errors,
          lastTransitionTime: now.toISOString().replace(/\.\d+Z$/, 'Z'),
        },
      ],
    },
  }
}

function identityOf({ apiVersion, kind, metadata }: ConfigurationState): ConfigurationState {
  const { name, namespace } = metadata ?? {}
  return { apiVersion: apiVersion!, kind: kind!, metadata: { name: name!, namespace: namespace! } }
}
