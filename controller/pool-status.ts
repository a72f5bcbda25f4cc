import type { PoolCounters, PoolSpace } from '../allocation/pool-space.ts'
import type { IPAddressPool } from '../crds/generated/types.ts'
import { isNotFound, type KubeClient } from '../kube/client.ts'
import type { Clock } from '../kube/clock.ts'
import { Action, type Controller, type ReconcileContext, startController } from '../kube/controller.ts'
import type { Log } from '../kube/log.ts'
import type { Store } from '../kube/store.ts'
import { poolResource } from './watches.ts'

export interface PoolStatusOptions {
  readonly client: KubeClient
  readonly namespace: string
  readonly store: Store<IPAddressPool>
  readonly find: (pool: string) => PoolSpace | undefined
  readonly log: Log
  readonly clock: Clock
}

/** A burst of allocations costs a pool a few writes, not one each. */
const gatherMillis = 200

/** Keeps the counters in the status of pools up to date. */
export class PoolStatusWriter {
  readonly #options: PoolStatusOptions
  readonly #controller: Controller

  constructor(options: PoolStatusOptions) {
    this.#options = options
    const { log, clock } = options
    const reconcile = (pool: string, { signal }: ReconcileContext) => this.#write(pool, signal)
    this.#controller = startController({ name: 'pool-status', reconcile, log, clock })
  }

  /** The pool's counters, or what its status says about them, may have changed. */
  look(pool: string): void {
    this.#controller.enqueue(pool, { afterMillis: gatherMillis })
  }

  async stop(): Promise<void> {
    await this.#controller.stop()
  }

  async #write(pool: string, signal: AbortSignal): Promise<Action> {
    const { client, namespace, store, find } = this.#options
    const counters = find(pool)?.counters()
    const stored = store.get(`${namespace}/${pool}`)
    if (counters === undefined || stored === undefined || isSaid(stored, counters)) return Action.awaitChange
    const body = { status: statusOf(counters) }
    try {
      const options = { type: 'merge', body, subresource: 'status', signal } as const
      await client.patch(poolResource, { namespace, name: pool }, options)
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
    return Action.awaitChange
  }
}

function isSaid({ status }: IPAddressPool, counters: PoolCounters): boolean {
  return Object.entries(counters).every(([name, count]) => status?.[name as keyof PoolCounters] === Number(count))
}

function statusOf(counters: PoolCounters): object {
  return Object.fromEntries(Object.entries(counters).map(([name, count]) => [name, rawJson(String(count))]))
}

/** Writes digits as they are: as a JavaScript number 2^63-1 would become 2^63, which is no int64 any more. */
function rawJson(text: string): unknown {
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text) // ES2026; TypeScript's library lags
}
