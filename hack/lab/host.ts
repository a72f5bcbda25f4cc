import { join } from 'node:path'
import { type CommandOptions, mustRun, type Outcome, run } from './command.ts'
import { inNetns, type LabNetwork, type Station, setCable } from './network.ts'
import { type LabProcess, start } from './processes.ts'
import type { LabState } from './state.ts'

export interface HostProcessOptions {
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  /** Names the log file; default: the program's name. */
  readonly name?: string
}

export interface Response {
  /** 0 when there was no answer; the reason is the body then. */
  readonly status: number
  readonly body: string
}

/** A machine on the lab's LAN without Kubernetes: the client, the router. */
export interface Host extends Station {
  exec(argv: readonly string[], options?: CommandOptions): Promise<Outcome>
  spawn(argv: readonly string[], options?: HostProcessOptions): LabProcess
  /** One HTTP GET from here; never rejects for what the network does. */
  curl(url: string, options?: { timeoutMs?: number }): Promise<Response>
  /** The carrier is lost at both ends of the cable, as when it is pulled. */
  cutLink(): Promise<void>
  restoreLink(): Promise<void>
}

const curlScript = join(import.meta.dirname, 'curl.ts')
const curlStartMillis = 5_000
const defaultCurlMillis = 3_000

export function createHost(state: LabState, network: LabNetwork, name: string): Host {
  const station = network.stations.get(name)
  if (!station) throw new Error(`the lab has no ${name}`)
  const inside = (argv: readonly string[]) => inNetns(station.netns, argv)
  let spawned = 0
  return {
    ...station,
    exec: (argv, options) => run(inside(argv), options),
    spawn: (argv, options = {}) => startOn(state, station, inside(argv), { name: nameOf(argv), ...options }, ++spawned),
    curl: async (url, { timeoutMs = defaultCurlMillis } = {}) => {
      const argv = inside([process.execPath, curlScript, url, String(timeoutMs)])
      return JSON.parse(await mustRun(argv, { timeoutMillis: timeoutMs + curlStartMillis }))
    },
    cutLink: () => setCable(network, station, 'down'),
    restoreLink: () => setCable(network, station, 'up'),
  }
}

const nameOf = ([program = '']: readonly string[]) => program.slice(program.lastIndexOf('/') + 1)

/** Starts a program whose argv already enters the station's namespaces. */
export function startOn(
  state: LabState,
  station: Station,
  argv: readonly string[],
  options: HostProcessOptions & { name: string },
  serial: number,
): LabProcess {
  const logFile = join(state.directory, 'logs', `${station.name}-${serial}-${options.name}.log`)
  const { env = process.env, cwd = process.cwd() } = options
  return start(argv, { logFile, journal: state.journal, env, cwd })
}
