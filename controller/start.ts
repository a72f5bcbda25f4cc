import type { Registry } from 'prom-client'
import { createClientMetrics } from '../daemon/client-metrics.ts'
import type { KubeClient } from '../kube/client.ts'
import type { Clock } from '../kube/clock.ts'
import type { Log } from '../kube/log.ts'
import { startReflectors, stopReflectors } from '../kube/reflector-set.ts'
import { Configuration } from './configuration.ts'
import { registerPoolMetrics } from './metrics.ts'
import { startTerm, type Term } from './term.ts'
import { openWatches } from './watches.ts'

export interface AllocationOptions {
  readonly client: KubeClient
  /** MetalLB's own: only the configuration in it counts. */
  readonly namespace: string
  readonly loadBalancerClass: string
  /** Owner of the ConfigurationState; "" for none. */
  readonly podName: string
  readonly registry: Registry
  readonly notReady: (reason: string) => void
  readonly log: Log
  readonly clock: Clock
}

export interface Allocation {
  /** Resolves when a configuration is in force and every Service that there was at the start has been looked at. */
  readonly ready: Promise<void>
  stop(): Promise<void>
}

/** What every replica does is here: to watch, and to keep a configuration. What the leader does is a term. */
export function startAllocation(options: AllocationOptions): Allocation {
  const { client, registry } = options
  const watches = openWatches(options)
  const metrics = createClientMetrics(registry)
  const configuration = new Configuration({ ...options, watches, metrics })
  let term: Term | undefined
  registerPoolMetrics(registry, () => term?.pools ?? [])

  async function run(): Promise<void> {
    await startReflectors(watches)
    configuration.start()
    term = startTerm(client, { ...options, watches, configuration, metrics })
    await term.ready
  }

  return {
    ready: run(),
    async stop() {
      configuration.stop()
      await Promise.all([stopReflectors(watches), term?.stop()])
    },
  }
}
