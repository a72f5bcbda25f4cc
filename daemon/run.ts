import type { Registry } from 'prom-client'
import type { KubeClient } from '../kube/client.ts'
import type { Clock } from '../kube/clock.ts'
import type { BuildInfo } from './build-info.ts'
import type { DaemonSettings } from './common-flags.ts'
import type { FlagTable, FlagValues } from './flags.ts'
import type { Logger } from './logger.ts'

export interface DaemonOptions<T extends FlagTable> {
  name: string
  /** The process' whole table: `{ ...commonFlags, 'lb-class': textFlag(...) }`. */
  flags: T
  /** For most processes `commonSettings`; the speaker binds its health server to the loopback address. */
  settings: (flags: FlagValues<T>) => DaemonSettings
  /** Resolves when the process does its work; setReady(undefined) says when it is ready. A rejection ends the process. */
  start(context: DaemonContext<T>): Promise<{ stop(): Promise<void> }>
  /** From the first SIGTERM to exit. Default: within the grace period of 2 s that speakers have. */
  stopBudgetMillis?: number
}

export interface DaemonContext<T extends FlagTable> {
  flags: FlagValues<T>
  log: Logger
  client: KubeClient
  metrics: Registry
  clock: Clock
  /** The reason why /readyz fails; undefined: ready. It begins as "starting". */
  setReady(reason: string | undefined): void
  /** Aborted on SIGTERM and SIGINT, before stop() is called. */
  signal: AbortSignal
  buildInfo: BuildInfo
}

export function runDaemon<T extends FlagTable>(options: DaemonOptions<T>): void {
  throw new Error(`not yet: ${options.name}`)
}
