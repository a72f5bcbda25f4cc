/** One of several controllers of a cluster, with a line of its own to the API server that can be held up. */
import { Registry } from 'prom-client'
import { createClient, type KubeClient } from '../../kube/client.ts'
import { systemClock } from '../../kube/clock.ts'
import { NotLeadingError } from '../../kube/fenced-client.ts'
import type { LeaseTimings } from '../../kube/lease.ts'
import type { Log } from '../../kube/log.ts'
import type { ApiRequest } from '../../kube/request.ts'
import { silentLog } from '../../kube/testing/silent-log.ts'
import { type Allocation, startAllocation } from '../start.ts'

export interface ReplicaOptions {
  readonly client: KubeClient
  readonly namespace: string
  readonly loadBalancerClass: string
  /** Its identity. */
  readonly name: string
  readonly timings: Required<LeaseTimings>
}

export const replicaLease = 'metallb-controller'

export class Replica {
  readonly name: string
  readonly registry = new Registry()
  readonly allocation: Allocation
  /** What it has sent, reading apart: `PATCH services default/web`. */
  readonly sent: string[] = []
  /** Requests for which this is true wait, after every check of the sender's, until `thaw`. */
  holdsBack: (request: ApiRequest) => boolean = () => false
  /** What it did not send because it may not lead any more. */
  readonly refused: string[] = []
  /** Time that passed while the process did not run: its timers know nothing of it. */
  missedMillis = 0
  #isFrozen = false
  readonly #held = new Map<ApiRequest, () => void>()

  constructor({ client, name, timings, ...options }: ReplicaOptions) {
    this.name = name
    const clock = { ...systemClock, now: () => systemClock.now() + this.missedMillis }
    this.allocation = startAllocation({
      ...{
        ...options,
        client: this.#lineTo(client),
        backend: 'native',
        ignoreExcludeLabel: false,
        podName: '',
        registry: this.registry,
      },
      ...{ log: this.#log, clock, notReady: () => undefined },
      election: { ...timings, name: replicaLease, identity: name },
    })
    this.allocation.ready.catch(() => {})
  }

  get held(): string[] {
    return [...this.#held.keys()].map(({ what }) => what)
  }

  /** As if the process had not run for a while: all that it was about to send is on the way. */
  freeze(): void {
    this.holdsBack = () => true
    this.#isFrozen = true
  }

  thaw(): void {
    this.holdsBack = () => false
    this.#isFrozen = false
    for (const send of this.#held.values()) send()
  }

  async metric(name: string): Promise<number | undefined> {
    const metric = await this.registry.getSingleMetric(name)?.get()
    return metric?.values[0]?.value
  }

  /** A frozen process does not hear that it is to give up. */
  async #hold(request: ApiRequest, signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#held.set(request, resolve)
    signal?.addEventListener('abort', () => this.#isFrozen || reject(signal.reason))
    await promise.finally(() => this.#held.delete(request))
  }

  /** Tells of what failed in the controllers' passes. */
  get #log(): Log {
    const warn = ({ err }: { err?: unknown }) => err instanceof NotLeadingError && this.refused.push(err.message)
    const log: Log = { ...silentLog, warn, child: () => log }
    return log
  }

  #lineTo({ transport }: KubeClient): KubeClient {
    return createClient({
      ...transport,
      send: async (request, options) => {
        const isHeld = this.holdsBack(request)
        if (isHeld) await this.#hold(request, options?.signal)
        if (request.method !== 'GET') this.sent.push(request.what)
        return transport.send(request, isHeld ? {} : options) // what was on the way is past all limits
      },
    })
  }
}
