import type { V1EndpointSlice, V1Service } from '@kubernetes/client-node'
import { usableEndpoints } from '../announcement/endpoints.ts'
import { judgeService, poolOf } from '../announcement/service.ts'
import { type ConfigError, configError } from '../config/faults.ts'
import type { Config } from '../config/snapshot.ts'
import { Backlog } from '../kube/backlog.ts'
import type { Store } from '../kube/store.ts'
import { type Address, formatAddress } from '../net/address.ts'
import type { Protocol } from './protocol.ts'

export interface AnnouncerOptions {
  services: Store<V1Service>
  /** With the index "service". */
  endpointSlices: Store<V1EndpointSlice>
  /** Undefined: none is known yet, and nothing is decided. */
  config: () => Config | undefined
  /** False: another load balancer's Service. */
  handles: (service: V1Service) => boolean
  protocols: readonly Protocol[]
  observer: AnnouncementObserver
}

/** Who wants to know: metrics, events, logs. */
export interface AnnouncementObserver {
  announced(key: string, service: V1Service, protocol: Protocol['name'], addresses: readonly string[]): void
  withdrawn(
    key: string,
    protocol: Protocol['name'],
    addresses: readonly string[],
    reason: string,
    message?: string,
  ): void
  processed(key: string): void
  /** A pass over a Service failed: a defect, since passes only decide. */
  failed(key: string, error: unknown): void
}

interface Announced {
  readonly addresses: readonly Address[]
  readonly texts: readonly string[]
  readonly protocols: readonly Protocol[]
}

/**
 * Decides Service by Service what this node announces, at once when something about it has changed: nothing waits
 * between an address in a Service's status and the first answer for it.
 */
export class Announcer {
  readonly #options: AnnouncerOptions
  readonly #announced = new Map<string, Announced>()
  readonly #backlog = new Backlog<string>((key) => this.reconsider(key))

  constructor(options: AnnouncerOptions) {
    this.#options = options
  }

  reconsider(key: string): void {
    this.#backlog.drop(key)
    try {
      this.#pass(key)
      this.#options.observer.processed(key)
    } catch (error) {
      this.#options.observer.failed(key, error)
    }
  }

  /** In slices, since it may take long. */
  reconsiderSoon(keys: Iterable<string>): void {
    this.#backlog.add(keys)
  }

  reconsiderAll(): void {
    this.reconsiderSoon(this.#options.services.keys())
    this.reconsiderSoon(this.#announced.keys())
  }

  /** Resolves when nothing waits to be reconsidered. */
  settled(): Promise<void> {
    return this.#backlog.empty()
  }

  /** The announced Services that would have no pool under another configuration. */
  strandedBy(config: Config): ConfigError[] {
    const stranded = [...this.#announced].filter(([, { addresses }]) => !poolOf(addresses, config))
    return stranded.map(([key, { texts }]) =>
      configError('Service', key, { code: 'stranded', field: 'status.loadBalancer.ingress', value: texts }),
    )
  }

  stop(): void {
    this.#backlog.stop()
  }

  #pass(key: string): void {
    const config = this.#options.config()
    if (!config) return
    const service = this.#options.services.get(key)
    const reason = this.#reconcile(key, service, config)
    if (reason !== undefined) this.#withdrawAll(key, reason)
  }

  /** Returns why there is nothing to announce, by no protocol. */
  #reconcile(key: string, service: V1Service | undefined, config: Config): string | undefined {
    const { endpointSlices, handles, protocols } = this.#options

    // 1. There is something to announce.
    if (!service) return 'serviceDeleted'
    if (!handles(service)) return 'otherLoadBalancerClass'
    const verdict = judgeService(service, config)
    if (!verdict.announceable) return verdict.reason

    // 2. Other addresses than before: the old ones are let go first.
    const { addresses, pool } = verdict
    const texts = addresses.map(formatAddress)
    if (!isSameSet(texts, this.#announced.get(key)?.texts ?? texts)) this.#withdrawAll(key, 'addressesChanged')

    // 3. Each protocol decides for itself.
    const endpoints = usableEndpoints(endpointSlices.byIndex('service', key))
    for (const protocol of protocols) {
      const outcome = protocol.reconcile({ key, service, addresses, pool, endpoints })
      if (outcome.announces) this.#note(key, service, protocol, { addresses, texts })
      else this.#withdraw(key, protocol, outcome.reason, outcome.message)
    }
    return undefined
  }

  #note(key: string, service: V1Service, protocol: Protocol, what: Pick<Announced, 'addresses' | 'texts'>): void {
    const { addresses, texts, protocols } = this.#announced.get(key) ?? { ...what, protocols: [] }
    if (protocols.includes(protocol)) return
    this.#announced.set(key, { addresses, texts, protocols: protocols.concat(protocol) })
    this.#options.observer.announced(key, service, protocol.name, texts)
  }

  #withdrawAll(key: string, reason: string): void {
    for (const protocol of this.#options.protocols) {
      protocol.withdraw(key)
      this.#withdraw(key, protocol, reason)
    }
  }

  /** The protocol itself has withdrawn already. */
  #withdraw(key: string, protocol: Protocol, reason: string, message?: string): void {
    const announced = this.#announced.get(key)
    if (!announced?.protocols.includes(protocol)) return
    const protocols = announced.protocols.filter((other) => other !== protocol)
    if (protocols.length > 0) this.#announced.set(key, { ...announced, protocols })
    else this.#announced.delete(key)
    this.#options.observer.withdrawn(key, protocol.name, announced.texts, reason, message)
  }
}

function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text) => b.includes(text))
}
