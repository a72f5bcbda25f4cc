import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type CommandOptions, mustRun, type Outcome, run } from './command.ts'
import { inNetns, type LabNetwork, type Station, setCable } from './network.ts'
import { type LabProcess, start } from './processes.ts'
import type { LabState } from './state.ts'

export interface HostProcessOptions {
  /** Default: that of this process. */
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  /** Names the log file; default: the program's name. */
  readonly name?: string
}

export interface Response {
  /** 0 when there was no answer; the body is the reason then. */
  readonly status: number
  readonly body: string
}

/** A machine on the lab's LAN. */
export interface Host extends Station {
  /** In its network namespace; /sys is still that of this machine (on a node of the whole cluster it is the node's). */
  exec(argv: readonly string[], options?: CommandOptions): Promise<Outcome>
  spawn(argv: readonly string[], options?: HostProcessOptions): LabProcess
  /** One HTTP GET from here; never rejects for what the network does. */
  curl(url: string, options?: { timeoutMs?: number }): Promise<Response>
  /** The carrier is lost at both ends of the cable, as when it is pulled. */
  cutLink(): Promise<void>
  restoreLink(): Promise<void>
}

/** argv that runs a program on a machine, made of the program's own argv. */
export type Entrance = (argv: readonly string[]) => string[]

const curlScript = fileURLToPath(import.meta.resolve('./curl.ts'))
const curlStartMillis = 5_000
const defaultCurlMillis = 3_000

export function createHost(state: LabState, network: LabNetwork, station: Station, entrance?: Entrance): Host {
  const enterNetns: Entrance = (argv) => inNetns(station.netns, argv)
  const enter = entrance ?? enterNetns
  const forks = entrance !== undefined // a machine's pid namespace is entered by forking
  return {
    ...station,
    exec: (argv, options) => run(enter(argv), options),
    spawn: (argv, options) => startOn(state, station, enter(argv), { name: programName(argv), forks, ...options }),
    curl: async (url, { timeoutMs = defaultCurlMillis } = {}) => {
      const argv = enterNetns([process.execPath, curlScript, url, String(timeoutMs)])
      return JSON.parse(await mustRun(argv, { timeoutMillis: timeoutMs + curlStartMillis }))
    },
    cutLink: () => setCable(network, station, 'down'),
    restoreLink: () => setCable(network, station, 'up'),
  }
}

const programName = ([program = '']: readonly string[]) => program.slice(program.lastIndexOf('/') + 1)

/** Starts a program whose argv enters the station already. */
export function startOn(
  state: LabState,
  station: Station,
  argv: readonly string[],
  { name, ...rest }: HostProcessOptions & { name: string; forks?: boolean },
): LabProcess {
  return start(argv, {
    log: { directory: join(state.directory, 'logs'), name: `${station.name}-${name}` },
    journal: state.journal,
    ...rest,
  })
}
