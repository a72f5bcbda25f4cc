import type { Registry } from 'prom-client'
import type { BgpBackend } from '../config/rules.ts'
import { createClientMetrics } from '../daemon/client-metrics.ts'
import type { KubeClient } from '../kube/client.ts'
import type { Clock } from '../kube/clock.ts'
import type { Log } from '../kube/log.ts'
import { startReflectors, stopReflectors } from '../kube/reflector-set.ts'
import { advisedStores } from './advised-objects.ts'
import { AnnouncingConfig } from './announced/announcing-config.ts'
import { Configuration } from './configuration.ts'
import { type ElectionSettings, type Leadership, seekLeadership } from './leadership.ts'
import { registerLeaderMetric, registerPoolMetrics } from './metrics.ts'
import { startTerm } from './term.ts'
import { openWatches, type Watches } from './watches.ts'

export interface AllocationOptions {
  readonly client: KubeClient
  /** MetalLB's own: only the configuration in it counts. */
  readonly namespace: string
  readonly loadBalancerClass: string
  /** Speakers announce also from nodes that are labelled to be left out. */
  readonly ignoreExcludeLabel: boolean
  /** Whose rules the BGP configuration has to obey. */
  readonly backend: BgpBackend
  /** Owner of the ConfigurationState; "" for none. */
  readonly podName: string
  /** Undefined: this is the only replica. */
  readonly election: ElectionSettings | undefined
  readonly registry: Registry
  readonly notReady: (reason: string) => void
  readonly log: Log
  readonly clock: Clock
}

export interface Allocation {
  /**
   * Resolves when a configuration is in force, it is known who leads, and, if this process does, every Service that there
   * was has been looked at. A replica that stands by is ready as well: it could lead at once.
   */
  readonly ready: Promise<void>
  stop(): Promise<void>
}

/** What every replica does is here: to watch, and to keep a configuration. What the leader does is a term. */
export function startAllocation(options: AllocationOptions): Allocation {
  const { registry } = options
  const watches = openWatches(options)
  const metrics = createClientMetrics(registry)
  const configuration = new Configuration({ ...options, rules: { backend: options.backend }, watches, metrics })
  const announcing = new AnnouncingConfig(advisedStores(watches), options.backend)
  const shared = { ...options, watches, configuration, announcing, metrics }
  const stopping = new AbortController()
  let leadership: Leadership | undefined
  registerPoolMetrics(registry, () => leadership?.term?.pools ?? [])
  registerLeaderMetric(registry, () => leadership?.isLeader ?? false)

  async function run(): Promise<void> {
    sayWhatIsMissing(watches, options.notReady)
    await startReflectors(watches, stopping.signal)
    stopping.signal.throwIfAborted()
    configuration.start()
    announcing.start()
    leadership = seekLeadership({ ...options, startTerm: (clients) => startTerm(clients, shared) })
    await leadership.decided
    await Promise.all([configuration.inForce, leadership.term?.ready])
  }

  return {
    ready: run(),
    async stop() {
      stopping.abort()
      configuration.stop()
      announcing.stop()
      await Promise.all([stopReflectors(watches), leadership?.stop()])
    },
  }
}

/** Until everything has been seen once: where it stays so, a right or a definition is missing, and the log says which. */
function sayWhatIsMissing(watches: Watches, notReady: (reason: string) => void): void {
  const missing = new Set(Object.keys(watches))
  const say = () => notReady(`not seen yet: ${[...missing].join(', ')}`)
  say()
  for (const [name, watch] of Object.entries(watches)) {
    const seen = () => {
      missing.delete(name)
      if (missing.size > 0) say()
    }
    watch.synced().then(seen, () => {}) // stopped before
  }
}
