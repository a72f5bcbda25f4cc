import { randomBytes } from 'node:crypto'
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { homedir, networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { identify, isAlive, type ProcessRecord } from './processes.ts'

/**
 * What a lab leaves on disk so that anybody can end it: `labs/<name>/lab.json` says whose it is and how its
 * namespaces are called, `labs/<name>/processes` lists every process. One of the 256 host-side networks is claimed by
 * a symbolic link to the lab's directory, since making one is atomic; those are machine-wide, as the networks are.
 */
export interface LabRecord {
  readonly name: string
  readonly kind: 'fast' | 'cluster'
  /** Starts the names of namespaces, interfaces and cgroups; short, since interface names end at 15 characters. */
  readonly prefix: string
  readonly nodes: number
  /** The process that stops the lab; null when it stays until somebody takes it down. */
  readonly owner: ProcessRecord | null
  readonly created: string
}

export interface LabState extends LabRecord {
  readonly directory: string
  readonly journal: string
  readonly index: number
}

const subnets = 256
const subnetsDirectory = '/run/metallb-ts-lab-subnets'

const stateHome = () => process.env['XDG_STATE_HOME'] || join(homedir(), '.local/state')
const labsDirectory = () => join(stateHome(), 'metallb-ts/labs')
const directoryOf = (name: string): string => join(labsDirectory(), name)

export const kubeconfigOf = ({ directory }: LabState): string => join(directory, 'kubeconfig')

/** Makes the state of a new lab. Throws when a lab of this name exists. */
export function claim(options: { name?: string | undefined; kind: LabRecord['kind']; nodes: number }): LabState {
  const prefix = `ml${randomBytes(3).toString('hex')}`
  const name = options.name ?? prefix
  const owner = identify(process.pid) ?? null
  const { kind, nodes } = options
  const record: LabRecord = { name, kind, prefix, nodes, owner, created: new Date().toISOString() }
  publish(record)
  return { ...record, directory: directoryOf(name), journal: journalOf(name), index: claimSubnet(name) }
}

const journalOf = (name: string) => join(directoryOf(name), 'processes')

/** The directory appears at its place with its record in it, or not at all. */
function publish(record: LabRecord): void {
  const draft = join(labsDirectory(), `.${record.prefix}`)
  mkdirSync(draft, { recursive: true, mode: 0o700 })
  writeFileSync(join(draft, 'lab.json'), JSON.stringify(record))
  writeFileSync(join(draft, 'processes'), '')
  try {
    renameSync(draft, directoryOf(record.name))
  } catch (error) {
    rmSync(draft, { recursive: true })
    throw new Error(
      `there is a lab called ${record.name} already; end it with: node hack/lab/main.ts down ${record.name}`,
      { cause: error },
    )
  }
}

function claimSubnet(name: string): number {
  mkdirSync(subnetsDirectory, { recursive: true })
  const ours = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  for (let index = 0; index < subnets; index++) {
    if (ours.some(({ address }) => address.startsWith(`172.30.${index}.`))) continue
    try {
      symlinkSync(directoryOf(name), join(subnetsDirectory, String(index)))
      return index
    } catch {} // taken
  }
  throw new Error('all 256 lab networks are taken; see: make lab-down')
}

function subnetClaims(): { index: number; directory: string }[] {
  return list(subnetsDirectory).flatMap((entry) => {
    try {
      return [{ index: Number(entry), directory: readlinkSync(join(subnetsDirectory, entry)) }]
    } catch {
      return [] // given back meanwhile
    }
  })
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

/** Every lab of this user, finished or not. */
export function readLabs(): LabState[] {
  const names = list(labsDirectory()).filter((name) => !name.startsWith('.'))
  return names.flatMap((name) => readLab(name) ?? [])
}

export function readLab(name: string): LabState | undefined {
  try {
    const record = JSON.parse(readFileSync(join(directoryOf(name), 'lab.json'), 'utf8')) as LabRecord
    const index = subnetClaims().find(({ directory }) => directory === directoryOf(name))?.index ?? -1
    return { ...record, directory: directoryOf(name), journal: journalOf(name), index }
  } catch {
    return undefined
  }
}

/** From now on the lab has no owner: it stays until somebody takes it down. */
export function disown(lab: LabState): void {
  const { directory, journal, index, ...record } = lab
  const file = join(directory, 'lab.json')
  writeFileSync(`${file}.new`, JSON.stringify({ ...record, owner: null } satisfies LabRecord))
  renameSync(`${file}.new`, file)
}

/** An orphan had an owner, and the owner is gone. */
export function isOrphan(lab: LabRecord): boolean {
  return lab.owner !== null && !isAlive(lab.owner)
}

/** The last step of a lab's end: its subnet is free, its name is free. */
export function forget(lab: LabState): void {
  for (const { index, directory } of subnetClaims()) {
    if (directory === lab.directory) rmSync(join(subnetsDirectory, String(index)), { force: true })
  }
  rmSync(lab.directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
}
