import { managedByOperatorSelector } from '../cdk8s/labels.ts'
import { metalLBs } from '../crds/generated/resources.ts'
import type { KubeClient } from '../kube/client.ts'
import type { Clock } from '../kube/clock.ts'
import { type Controller, startController } from '../kube/controller.ts'
import { configMaps, daemonSets, deployments, pods } from '../kube/core.ts'
import type { Log } from '../kube/log.ts'
import type { KubeObject } from '../kube/object.ts'
import { type Reflector, reflect } from '../kube/reflector.ts'
import { startReflectors, stopReflectors } from '../kube/reflector-set.ts'
import type { Resource } from '../kube/resource.ts'
import type { Store } from '../kube/store.ts'
import type { Environment } from './environment.ts'
import { Reconciler } from './reconciler.ts'
import { metalLBName } from './refusal.ts'

interface OperatorOptions {
  client: KubeClient
  environment: Environment
  clock: Clock
  log: Log
}

/** Watches from its start, so that a stand-by can take over at once; writes only between lead() and follow(). */
export class Operator {
  readonly #options: OperatorOptions
  readonly #watched
  #controller: Controller | undefined

  constructor(options: OperatorOptions) {
    this.#options = options
    this.#watched = watchedResources(options)
    const { metalLBs, ...children } = this.#watched
    metalLBs.store.subscribe(({ key }) => this.#controller?.enqueue(key))
    const key = `${options.environment.namespace}/${metalLBName}` // the only resource that has children
    for (const { store } of Object.values(children)) store.subscribe(() => this.#controller?.enqueue(key))
  }

  /** Resolves when all local copies are complete; rejects with the reason of a signal that comes before. */
  start(signal: AbortSignal): Promise<void> {
    return startReflectors(this.#reflectors(), signal)
  }

  lead(): void {
    const { client, environment, clock, log } = this.#options
    const { metalLBs, pods, ...operands } = this.#watched
    const reconciler = new Reconciler({
      client,
      environment,
      clock,
      metalLBs: metalLBs.store,
      pods: pods.store,
      operands,
    })
    const controller = startController({
      name: 'metallb',
      reconcile: (key, context) => reconciler.reconcile(key, context),
      log,
      clock,
    })
    for (const key of metalLBs.store.keys()) controller.enqueue(key)
    this.#controller = controller
  }

  async follow(): Promise<void> {
    const controller = this.#controller
    this.#controller = undefined
    await controller?.stop()
  }

  async stop(): Promise<void> {
    await this.follow()
    await stopReflectors(this.#reflectors())
  }

  #reflectors(): Record<string, Reflector<KubeObject>> {
    return Object.fromEntries(Object.entries(this.#watched).map(([name, { reflector }]) => [name, reflector]))
  }
}

interface Watched<T extends KubeObject> {
  readonly resource: Resource<T>
  readonly reflector: Reflector<T>
  readonly store: Store<T>
}

function watchedResources({ client, environment, clock, log }: OperatorOptions) {
  const common = { namespace: environment.namespace, clock, log }
  const watch = <T extends KubeObject>(resource: Resource<T>, labelSelector = ''): Watched<T> => {
    const reflector = reflect(client, resource, { ...common, labelSelector })
    return { resource, reflector, store: reflector.store }
  }
  return {
    metalLBs: watch(metalLBs),
    pods: watch(pods, 'app=metallb'),
    deployments: watch(deployments, managedByOperatorSelector),
    daemonSets: watch(daemonSets, managedByOperatorSelector),
    configMaps: watch(configMaps, managedByOperatorSelector),
  }
}
