import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createCgroups, removeCgroups } from './cgroups.ts'
import { inNetns, type Station } from './network.ts'
import { identify, isAlive, killAll, type LabProcess, onlyChildOf, type ProcessRecord, start } from './processes.ts'
import type { LabState } from './state.ts'
import { until } from './wait.ts'

/** What turns a station into a computer of its own: a process tree with its own view of nearly everything. */
export interface Machine {
  /** Process 1, as this machine counts; throws when it is switched off. */
  readonly pid: number
  readonly isOn: boolean
  switchOn(): Promise<void>
  /** Ends all that runs in it at once, and its mounts. */
  switchOff(): Promise<void>
}

const initScript = join(import.meta.dirname, 'node-init.sh')

/** Joins the cgroups given before `--`, then becomes the program after it. */
const joinCgroups = 'until [ "$1" = -- ]; do echo $$ >"$1/cgroup.procs"; shift; done; shift; exec "$@"'

const diesWithParent = ['setpriv', '--pdeathsig', 'KILL', '--']

const newNamespaces = [
  'unshare',
  '--mount',
  '--pid',
  '--fork',
  '--kill-child=KILL',
  '--uts',
  '--ipc',
  '--cgroup',
  '--propagation=private',
]

/**
 * argv that runs a program in all namespaces of a machine, given its process 1. To enter a pid namespace nsenter has to
 * fork: the program is its child, and ends when nsenter is killed.
 */
export const enterMachine = (pid: number, argv: readonly string[]): string[] => [
  'nsenter',
  `--target=${pid}`,
  '--net',
  '--mount',
  '--pid',
  '--uts',
  '--ipc',
  '--cgroup',
  '--',
  ...diesWithParent,
  ...argv,
]

const pidFile = (lab: LabState, name: string) => join(lab.directory, name, 'init.pid')

/** Process 1 of a machine that another process started. */
export const readMachinePid = (lab: LabState, name: string): number => Number(readFileSync(pidFile(lab, name), 'utf8'))

/** `daemons`: the environment of node-init.sh, which says what it needs. */
export function createMachine(state: LabState, station: Station, daemons: NodeJS.ProcessEnv): Machine {
  const { name, netns } = station
  const cgroup = `${state.prefix}/${name}`
  let running: { launcher: ProcessRecord; init: ProcessRecord } | undefined
  const isOn = () => running !== undefined && isAlive(running.init)
  return {
    get isOn() {
      return isOn()
    },
    get pid() {
      if (!running || !isOn()) throw new Error(`node ${name} is switched off`)
      return running.init.pid
    },
    async switchOn() {
      const init = inNetns(netns, [...newNamespaces, 'sh', initScript, join(state.directory, name), name])
      const argv = ['sh', '-ec', joinCgroups, 'join', ...createCgroups(cgroup), '--', ...init]
      const log = { directory: join(state.directory, 'logs'), name: `${name}-init` }
      const launcher = start(argv, { log, journal: state.journal, env: { ...process.env, ...daemons } })
      running = { launcher, init: await childOf(launcher) }
      writeFileSync(pidFile(state, name), String(running.init.pid))
    },
    async switchOff() {
      if (running) await killAll([running.init, running.launcher])
      await removeCgroups(cgroup) // the next kubelet would wait three seconds for each stale one
    },
  }
}

/** `unshare --fork` has one child: process 1 of the new pid namespace. */
const childOf = ({ pid, output }: LabProcess): Promise<ProcessRecord> =>
  until(`a child of process ${pid}; it wrote: ${output()}`, () => {
    const child = onlyChildOf(pid)
    return child === undefined ? undefined : identify(child)
  })
