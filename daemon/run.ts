import type { Registry } from 'prom-client'
import { ApiError, connect, type KubeClient } from '../kube/client.ts'
import { type Clock, systemClock } from '../kube/clock.ts'
import { type BuildInfo, buildInfo } from './build-info.ts'
import { planRun } from './command-line.ts'
import type { DaemonSettings } from './common-flags.ts'
import type { FlagTable, FlagValues } from './flags.ts'
import { type Host, processHost } from './host.ts'
import { createLogger, type Logger, type LoggerOptions } from './logger.ts'
import { createMetrics } from './metrics.ts'
import { startServers } from './servers.ts'

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

/** What tests replace. */
export interface Surroundings {
  host: Host
  clock: Clock
  connect: (options: { log: Logger; userAgent: string }) => Promise<KubeClient>
  /** Standard output by default. */
  logOutput?: LoggerOptions['output']
}

const defaultStopBudgetMillis = 1500

/**
 * The whole life of a process: command line, logger, API client, servers, start(), and an orderly stop.
 * Exit status: 0 after an orderly stop, 1 when something failed or the budget ran out, 2 for a wrong command line.
 * A second signal exits at once.
 */
export function runDaemon<T extends FlagTable>(
  options: DaemonOptions<T>,
  surroundings: Surroundings = { host: processHost, clock: systemClock, connect },
): void {
  const { host } = surroundings
  const plan = planRun({ ...options, argv: host.argv, env: host.env, build: buildInfo })
  if (plan.kind === 'run') {
    launch(options, plan, surroundings)
  } else {
    host.print(plan.kind === 'print' ? 'stdout' : 'stderr', plan.text)
    host.exit(plan.exitCode)
  }
}

interface RunPlan<T extends FlagTable> {
  flags: FlagValues<T>
  settings: DaemonSettings
}

function launch<T extends FlagTable>(options: DaemonOptions<T>, plan: RunPlan<T>, surroundings: Surroundings): void {
  const { host, clock } = surroundings
  const { stopBudgetMillis = defaultStopBudgetMillis } = options
  const log = createLogger({
    level: plan.settings.logLevel,
    component: options.name,
    clock,
    output: surroundings.logOutput,
  })
  const stop = new AbortController()
  const fail = (message: string) => (error: unknown) => {
    log.error({ error, stack: error instanceof Error ? error.stack : undefined }, message)
    host.exit(1)
  }
  host.holdOpen()
  host.onUncaught(fail('uncaught error'))
  host.onSignal((name) => {
    if (stop.signal.aborted) return fail('stopped at once')(new Error(`second signal ${name}`))
    log.info({ signal: name, stopBudgetMillis }, 'stopping')
    clock.setTimeout(
      () => fail('stop took too long')(new Error(`not done after ${stopBudgetMillis} ms`)),
      stopBudgetMillis,
    )
    stop.abort()
  })
  const done = () => {
    log.info({}, 'stopped')
    host.exit(0)
  }
  const ended = (error: unknown) => (stop.signal.aborted && isAbort(error) ? done() : fail('cannot run')(error))
  live(options, plan, { ...surroundings, log, signal: stop.signal }).then(done, ended)
}

interface Life extends Surroundings {
  log: Logger
  signal: AbortSignal
}

async function live<T extends FlagTable>(options: DaemonOptions<T>, plan: RunPlan<T>, life: Life): Promise<void> {
  const { log, clock, signal } = life
  const { flags, settings } = plan
  let notReady: string | undefined = 'starting'
  log.info({ ...buildInfo, node: process.version }, 'starting')
  for (const name of settings.metrics?.tls.ignored ?? []) log.warn({ name }, 'TLS setting not offered by this build')
  const client = await life.connect({ log, userAgent: `metallb-ts-${options.name}/${buildInfo.version}` })
  const metrics = createMetrics()
  const ready = () => (signal.aborted ? 'stopping' : notReady)
  const setReady = (reason: string | undefined) => {
    notReady = reason
  }
  const [servers, running] = await Promise.all([
    startServers({ settings, client, registry: metrics, ready, log, clock }),
    options.start({ flags, log, client, metrics, clock, setReady, signal, buildInfo }),
  ])
  await aborted(signal)
  await running.stop()
  await Promise.all([servers.close(), client.close()])
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

// start() may pass the signal on to what it waits for.
function isAbort(error: unknown): boolean {
  if (error instanceof ApiError) return error.code === 'aborted'
  return error instanceof Error && error.name === 'AbortError'
}
