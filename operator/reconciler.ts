import type { V1Pod } from '@kubernetes/client-node'
import type { MetalLB } from '../crds/generated/types.ts'
import type { KubeClient } from '../kube/client.ts'
import type { Clock } from '../kube/clock.ts'
import { Action, type ReconcileContext } from '../kube/controller.ts'
import type { Store } from '../kube/store.ts'
import { desiredObjects } from './desired.ts'
import type { Environment } from './environment.ts'
import { type Health, healthOf } from './health.ts'
import { ApplyError, type OperandStores, Operands } from './operands.ts'
import { refusalOf } from './refusal.ts'
import { reportHealth } from './status.ts'

interface ReconcilerOptions {
  client: KubeClient
  metalLBs: Store<MetalLB>
  operands: OperandStores
  pods: Store<V1Pod>
  environment: Environment
  clock: Clock
}

/** Brings the cluster to what a MetalLB resource says, and the resource's conditions to what the cluster is. */
export class Reconciler {
  readonly #options: ReconcilerOptions
  readonly #operands: Operands

  constructor(options: ReconcilerOptions) {
    this.#options = options
    this.#operands = new Operands(options.client, options.operands)
  }

  async reconcile(key: string, context: ReconcileContext): Promise<Action> {
    const metallb = this.#options.metalLBs.get(key)
    // Deleted: the garbage collector removes what the resource owns.
    if (metallb === undefined || metallb.metadata?.deletionTimestamp !== undefined) return Action.awaitChange
    const refusal = refusalOf(metallb, this.#options.environment.frrK8sNamespace)
    if (refusal !== undefined) await this.#report(metallb, { state: 'degraded', ...refusal }, context)
    else await this.#serve(metallb, context)
    return Action.awaitChange
  }

  async #serve(metallb: MetalLB, context: ReconcileContext): Promise<void> {
    try {
      const desired = desiredObjects(metallb, this.#options.environment)
      await this.#operands.settle(desired, metallb.metadata?.uid, context)
      await this.#report(metallb, this.#health(), context)
    } catch (error) {
      if (!(error instanceof ApplyError)) throw error
      await this.#report(metallb, { state: 'degraded', reason: 'ApplyFailed', message: error.message }, context)
      throw error // tried again, less and less often
    }
  }

  #health(): Health {
    const { operands, pods, environment } = this.#options
    return healthOf({
      controller: this.#operands.newest(operands.deployments, `${environment.namespace}/controller`),
      speaker: this.#operands.newest(operands.daemonSets, `${environment.namespace}/speaker`),
      pods: [...pods.values()],
    })
  }

  async #report(metallb: MetalLB, health: Health, { log, signal }: ReconcileContext): Promise<void> {
    signal.throwIfAborted()
    const { client, clock } = this.#options
    if (await reportHealth(client, metallb, health, clock.wallTime(), { signal }))
      log.info(health, 'conditions written')
  }
}
