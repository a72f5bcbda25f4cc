import { isDeepStrictEqual } from 'node:util'
import { ConfigKeeper, type Verdict } from '../config/config-keeper.ts'
import { parseConfig } from '../config/parse.ts'
import { reportVerdict } from '../config/report.ts'
import type { ConfigRules } from '../config/rules.ts'
import type { Config } from '../config/snapshot.ts'
import { storedObjects } from '../config/stored-objects.ts'
import type { IPAddressPool } from '../crds/generated/types.ts'
import type { ClientMetrics } from '../daemon/client-metrics.ts'
import type { Log } from '../kube/log.ts'
import { storesOf } from '../kube/reflector-set.ts'
import { type Validity, validityOf } from './pool-validity.ts'
import { isOtherLabels, isOtherSpec } from './relevant-change.ts'
import type { Watches } from './watches.ts'

export interface ConfigurationOptions {
  readonly watches: Watches
  readonly rules: ConfigRules
  readonly metrics: ClientMetrics
  readonly notReady: (reason: string) => void
  readonly log: Log
}

export interface ConfigurationListener {
  onConfig(config: Config): void
  onVerdict(verdict: Verdict): void
}

/**
 * The configuration, which every replica parses and keeps, so that whoever leads next has it at hand. Each says in its
 * own log and metrics what it found; the leader, which listens, also tells the cluster.
 */
export class Configuration {
  readonly #options: ConfigurationOptions
  readonly #keeper: ConfigKeeper
  readonly #listeners = new Set<ConfigurationListener>()
  #verdict: Verdict | undefined

  constructor(options: ConfigurationOptions) {
    this.#options = options
    const { pools, communities, namespaces } = storesOf(options.watches)
    this.#keeper = new ConfigKeeper({
      read: () => storedObjects({ pools, communities, namespaces }), // as in MetalLB: what addresses are given out by
      rules: options.rules,
      onChange: (config) => this.#tell((listener) => listener.onConfig(config)),
      onVerdict: (verdict) => this.#found(verdict),
    })
  }

  /** Resolves when a configuration is in force for the first time. */
  get inForce(): Promise<void> {
    return this.#keeper.inForce
  }

  /** What is known of the objects as they are now. */
  get verdict(): Verdict | undefined {
    return this.#verdict
  }

  /** Undefined: not known yet. */
  validityOf(pool: IPAddressPool): Validity | undefined {
    const { verdict } = this
    if (verdict === undefined) return undefined
    return validityOf(pool.metadata?.name ?? '', verdict, verdict.errors.length === 0 || this.#isInForce(pool))
  }

  /** To be called when the watches have seen everything once. */
  start(): void {
    const { pools, communities, namespaces } = this.#options.watches
    pools.store.subscribe((change) => {
      if (isOtherSpec(change)) this.#keeper.schedule()
    })
    communities.store.subscribe(() => this.#keeper.schedule())
    namespaces.store.subscribe((change) => {
      if (isOtherLabels(change)) this.#keeper.schedule()
    })
    this.#keeper.load()
  }

  /** The listener hears at once what is known, and then every change. Returns the way to unsubscribe. */
  subscribe(listener: ConfigurationListener): () => void {
    this.#listeners.add(listener)
    if (this.#keeper.current !== undefined) listener.onConfig(this.#keeper.current)
    if (this.#verdict !== undefined) listener.onVerdict(this.#verdict)
    return () => this.#listeners.delete(listener)
  }

  stop(): void {
    this.#keeper.stop()
  }

  #found(verdict: Verdict): void {
    reportVerdict(this.#options, verdict)
    this.#verdict = verdict
    this.#tell((listener) => listener.onVerdict(verdict))
  }

  /** Whether the pool is in force as it is written now. */
  #isInForce(pool: IPAddressPool): boolean {
    const alone = parseConfig({ pools: [pool], namespaces: [...this.#options.watches.namespaces.store.values()] })
    const name = pool.metadata?.name
    const inForce = this.#keeper.current?.pools.find((other) => other.name === name)
    return alone.ok && inForce !== undefined && isDeepStrictEqual(alone.config.pools[0], inForce)
  }

  #tell(call: (listener: ConfigurationListener) => void): void {
    for (const listener of this.#listeners) call(listener)
  }
}
