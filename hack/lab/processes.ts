import { spawn } from 'node:child_process'
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
} from 'node:fs'
import { join } from 'node:path'
import { until } from './wait.ts'

/** Names one process until the next boot: a process id is reused, the pair of id and start time is not. */
export interface ProcessRecord {
  readonly pid: number
  /** Clock ticks since boot, field 22 of /proc/PID/stat. */
  readonly startTicks: number
}

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A child of this process whose output goes to a file, so that it outlives us if it must. */
export interface LabProcess extends ProcessRecord {
  readonly logFile: string
  readonly exited: Promise<Exit>
  /** All that it wrote so far. */
  output(): string
  kill(signal: NodeJS.Signals): void
  /** SIGTERM, then SIGKILL after the grace time; resolves when it is gone. */
  stop(options?: { graceMillis?: number }): Promise<Exit>
}

export interface SpawnOptions {
  /** Its output goes to a new file `<name>-<serial>.log` there. */
  readonly log: { readonly directory: string; readonly name: string }
  /** Where the process is recorded, for whoever cleans up after a killed owner. */
  readonly journal: string
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  /** What is started forks once and waits, so that the program is its child: signals are for that. */
  readonly forks?: boolean
}

/** Every start of the machine has another. */
export const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()

/** The process that carries this id now; undefined when there is none, or only a zombie. */
export function identify(pid: number): ProcessRecord | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ') // the name before ')' may hold blanks
    return state === 'Z' || state === 'X' ? undefined : { pid, startTicks: Number(fields[18]) }
  } catch {
    return undefined
  }
}

export function isAlive(record: ProcessRecord): boolean {
  return identify(record.pid)?.startTicks === record.startTicks
}

/** Starts a program in a session of its own and records it in the journal. */
export function start(argv: readonly string[], options: SpawnOptions): LabProcess {
  const { log, journal, env = process.env, cwd = process.cwd(), forks = false } = options
  const [file = '', ...args] = argv
  const { logFile, output } = openLog(log)
  const child = spawn(file, args, { detached: true, stdio: ['ignore', output, output], env, cwd })
  closeSync(output)
  const exited = new Promise<Exit>((resolve, reject) => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
    child.once('error', reject)
  })
  exited.catch(() => {}) // whoever awaits `exited` sees it; nobody else has to
  child.unref()
  if (child.pid === undefined) throw new Error(`cannot start ${argv.join(' ')}`)
  const record = identify(child.pid) ?? { pid: child.pid, startTicks: -1 }
  appendFileSync(journal, `${record.pid} ${record.startTicks}\n`)
  const kill = (signal: NodeJS.Signals) => {
    const program = forks ? onlyChildOf(record.pid) : undefined
    if (program === undefined) child.kill(signal)
    else signalTo(program, signal)
  }
  return {
    ...record,
    logFile,
    exited,
    kill,
    output: () => readFileSync(logFile, 'utf8'),
    stop: async ({ graceMillis = 5_000 } = {}) => {
      child.ref() // or our event loop could end before the exit is known
      kill('SIGTERM')
      await killAfter(record, graceMillis)
      return exited
    },
  }
}

/** The first serial number that is free. */
function openLog({ directory, name }: SpawnOptions['log']): { logFile: string; output: number } {
  mkdirSync(directory, { recursive: true })
  for (let serial = 1; ; serial++) {
    const logFile = join(directory, `${name}-${serial}.log`)
    if (!existsSync(logFile)) return { logFile, output: openSync(logFile, 'ax') }
  }
}

async function killAfter(record: ProcessRecord, graceMillis: number): Promise<void> {
  try {
    await until('process end', () => !isAlive(record), { timeoutMillis: graceMillis, intervalMillis: 10 })
  } catch {
    await killAll([record])
  }
}

export function readJournal(journal: string): ProcessRecord[] {
  let text = ''
  try {
    text = readFileSync(journal, 'utf8')
  } catch {}
  const rows = text.split('\n').map((line) => line.split(' ').map(Number))
  return rows.flatMap(([pid, startTicks]) => (pid && startTicks ? [{ pid, startTicks }] : []))
}

/** SIGKILL to those that are still the recorded ones; resolves when none of them is left. */
export async function killAll(records: readonly ProcessRecord[]): Promise<void> {
  for (const record of records) {
    if (!isAlive(record)) continue
    signalTo(record.pid, 'SIGKILL')
  }
  await until('the end of killed processes', () => !records.some(isAlive), { intervalMillis: 10 })
}

function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {} // it ended by itself meanwhile
}

/** Undefined when it has none (yet), or is gone. */
export function onlyChildOf(pid: number): number | undefined {
  try {
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')
    return child ? Number(child) : undefined
  } catch {
    return undefined
  }
}

/** All processes in one of these network namespaces (given by inode). */
export function processesInNetworks(inodes: ReadonlySet<number>): ProcessRecord[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.flatMap((pid) => {
    try {
      const inode = Number(/\d+/.exec(readlinkSync(`/proc/${pid}/ns/net`))?.[0])
      const record = inodes.has(inode) ? identify(Number(pid)) : undefined
      return record ? [record] : []
    } catch {
      return [] // gone, or a kernel thread
    }
  })
}
