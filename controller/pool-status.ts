import type { PoolCounters, PoolSpace } from '../allocation/pool-space.ts'
import { ipAddressPools } from '../crds/generated/resources.ts'
import type { IPAddressPool } from '../crds/generated/types.ts'
import { isNotFound, type KubeClient } from '../kube/client.ts'
import type { Clock } from '../kube/clock.ts'
import {
  Action,
  type Controller,
  type ReconcileContext,
  type StopOptions,
  startController,
} from '../kube/controller.ts'
import type { Log } from '../kube/log.ts'
import type { Store } from '../kube/store.ts'
import { conditionOf, isSaid } from './condition.ts'
import type { Validity } from './pool-validity.ts'

export interface PoolStatusOptions {
  readonly client: KubeClient
  readonly namespace: string
  readonly store: Store<IPAddressPool>
  /** Undefined: the pool is not in force. */
  readonly find: (pool: string) => PoolSpace | undefined
  /** Undefined: not known yet, so that nothing can be said. */
  readonly validityOf: (pool: IPAddressPool) => Validity | undefined
  readonly log: Log
  readonly clock: Clock
}

/** A burst of allocations costs a pool a few writes, not one each. */
const gatherMillis = 200
const fieldManager = 'metallb-controller'
const nothing: PoolCounters = { assignedIPv4: 0, assignedIPv6: 0, availableIPv4: 0n, availableIPv6: 0n }

/** Keeps in the status of pools how full they are, and whether they are valid. The conditions of others stay. */
export class PoolStatusWriter {
  readonly #options: PoolStatusOptions
  readonly #controller: Controller

  constructor(options: PoolStatusOptions) {
    this.#options = options
    const { log, clock } = options
    const reconcile = (pool: string, { signal }: ReconcileContext) => this.#write(pool, signal)
    this.#controller = startController({ name: 'pool-status', reconcile, log, clock })
  }

  /** What is to be said about the pool, or what its status says, may have changed. */
  look(pool: string): void {
    this.#controller.enqueue(pool, { afterMillis: gatherMillis })
  }

  stop(options?: StopOptions): Promise<void> {
    return this.#controller.stop(options)
  }

  async #write(name: string, signal: AbortSignal): Promise<Action> {
    const { client, namespace, store, find, validityOf, clock } = this.#options
    const stored = store.get(`${namespace}/${name}`)
    const validity = stored && validityOf(stored)
    if (stored === undefined || validity === undefined) return Action.awaitChange
    const counters = find(name)?.counters() ?? nothing
    const before = stored.status?.conditions?.find(({ type }) => type === 'Valid')
    if (isCounted(stored, counters) && isSaid(before, validity)) return Action.awaitChange

    const status = { ...statusOf(counters), conditions: [conditionOf('Valid', validity, before, clock)] }
    const object = { metadata: { namespace, name }, status } as unknown as IPAddressPool // only the status is applied
    try {
      await client.apply(ipAddressPools, object, { fieldManager, force: true, subresource: 'status', signal })
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
    return Action.awaitChange
  }
}

function isCounted({ status }: IPAddressPool, counters: PoolCounters): boolean {
  return Object.entries(counters).every(([name, count]) => status?.[name as keyof PoolCounters] === Number(count))
}

function statusOf(counters: PoolCounters): object {
  return Object.fromEntries(Object.entries(counters).map(([name, count]) => [name, rawJson(String(count))]))
}

/** Writes digits as they are: as a JavaScript number 2^63-1 would become 2^63, which is no int64 any more. */
function rawJson(text: string): unknown {
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text) // ES2026; TypeScript's library lags
}
