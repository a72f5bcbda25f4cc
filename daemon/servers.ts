import type { Registry } from 'prom-client'
import type { KubeClient } from '../kube/client.ts'
import type { Clock } from '../kube/clock.ts'
import type { DaemonSettings } from './common-flags.ts'
import { startHealthServer } from './health.ts'
import type { Listening } from './http.ts'
import type { Logger } from './logger.ts'
import { startMetricsServer } from './metrics-server.ts'

export interface ServersOptions {
  settings: DaemonSettings
  client: Pick<KubeClient, 'create'>
  registry: Registry
  ready: () => string | undefined
  log: Logger
  clock: Clock
}

/** The servers that the settings ask for. Rejects, with all of them closed again, when one cannot be had. */
export async function startServers(options: ServersOptions): Promise<{ close(): Promise<void> }> {
  const outcomes = await Promise.allSettled(wantedServers(options))
  const servers = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
  const close = async () => {
    await Promise.all(servers.map((server) => server.close()))
  }
  const failure = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failure === undefined) return { close }
  await close()
  throw failure.reason
}

function wantedServers({ settings, ...shared }: ServersOptions): Promise<Listening>[] {
  const { metrics, health, profileAddress: address } = settings
  return [
    ...(health === undefined ? [] : [startHealthServer({ ...shared, ...health })]),
    ...(metrics === undefined ? [] : [startMetricsServer({ ...shared, ...metrics })]),
    ...(address === ''
      ? []
      : [import('./profile.ts').then((profile) => profile.startProfileServer({ ...shared, address }))]),
  ]
}
