import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { bootId, identify, isAlive, type ProcessRecord } from './processes.ts'
import { claimSubnet, releaseSubnets, subnetOf } from './subnets.ts'

/**
 * What a lab leaves on disk so that anybody can end it: `labs/<prefix>/lab.json` says whose it is and what it is
 * called, `labs/<prefix>/processes` lists every process. A name is used again, a prefix is not: whoever ends a lab
 * goes by its prefix, and so cannot hit the next lab of the same name.
 */
export interface LabRecord {
  readonly name: string
  readonly kind: 'fast' | 'cluster'
  /** Starts the names of namespaces, interfaces and cgroups; short, since interface names end at 15 characters. */
  readonly prefix: string
  readonly nodes: number
  /** The process that stops the lab; null when it stays until somebody takes it down. */
  readonly owner: ProcessRecord | null
  /** Process ids and start times are those of this boot. */
  readonly bootId?: string
  readonly created: string
}

export interface LabState extends LabRecord {
  readonly directory: string
  readonly journal: string
  /** Which of the lab networks it has; undefined before it has one, and when it was given back. */
  readonly index: number | undefined
}

/** A lab that is being built or runs: it has a network. */
export interface ClaimedLab extends LabState {
  readonly index: number
}

const stateHome = () => process.env['XDG_STATE_HOME'] || join(homedir(), '.local/state')
const labsDirectory = () => join(stateHome(), 'metallb-ts/labs')
const journalIn = (directory: string) => join(directory, 'processes')

export const kubeconfigOf = ({ directory }: LabState): string => join(directory, 'kubeconfig')

/** Throws when there can be no lab of this name, or none at all where labs keep their files. */
export function requireLabPlace(name: string | undefined): void {
  if (name !== undefined && !/^[a-z0-9-]+$/.test(name))
    throw new Error(`a lab cannot be called ${JSON.stringify(name)}: give small letters, digits and hyphens`)
  requirePlainPath(labsDirectory(), 'set XDG_STATE_HOME to another directory')
}

/** Paths become words of the command lines and configuration of nodes. */
export function requirePlainPath(path: string, remedy: string): void {
  const [character] = /[^\p{L}\p{N}/._+@-]/u.exec(path) ?? []
  if (character === undefined) return
  throw new Error(`a lab cannot work with ${JSON.stringify(character)} in the path ${path}: ${remedy}`)
}

/** Makes the state of a new lab. Throws when a lab of this name exists, and leaves nothing then. */
export async function claim(options: {
  name?: string | undefined
  kind: LabRecord['kind']
  nodes: number
}): Promise<ClaimedLab> {
  requireLabPlace(options.name)
  const prefix = `ml${randomBytes(3).toString('hex')}`
  const { name = prefix, kind, nodes } = options
  const owner = identify(process.pid) ?? null
  const record: LabRecord = { name, kind, prefix, nodes, owner, bootId: bootId(), created: new Date().toISOString() }
  const directory = publish(record)
  const state = { ...record, directory, journal: journalIn(directory) }
  try {
    requireUnique(record)
    return { ...state, index: await claimSubnet(directory) }
  } catch (error) {
    forget({ ...state, index: undefined })
    throw error
  }
}

/** The directory appears at its place with its record in it, or not at all. */
function publish(record: LabRecord): string {
  const draft = join(labsDirectory(), `.${record.prefix}`)
  const directory = join(labsDirectory(), record.prefix)
  mkdirSync(draft, { recursive: true, mode: 0o700 })
  writeFileSync(join(draft, 'lab.json'), JSON.stringify(record))
  writeFileSync(journalIn(draft), '')
  renameSync(draft, directory)
  return directory
}

/** Asked once our own record is there to be seen: of two that start at once one sees the other, or both do. */
function requireUnique({ name, prefix }: LabRecord): void {
  if (readLabs().some((other) => other.name === name && other.prefix !== prefix))
    throw new Error(`there is a lab called ${name} already; end it with: make lab-down NAME=${name}`)
}

/** Every lab of this user, finished or not. */
export function readLabs(): LabState[] {
  const entries = list(labsDirectory()).filter((entry) => !entry.startsWith('.'))
  return entries.flatMap((entry) => readDirectory(join(labsDirectory(), entry)) ?? [])
}

/** By its name, or by its prefix, which is nobody else's. */
export function readLab(name: string): LabState | undefined {
  return readLabs().find((lab) => lab.prefix === name || lab.name === name)
}

function readDirectory(directory: string): LabState | undefined {
  try {
    const record = JSON.parse(readFileSync(join(directory, 'lab.json'), 'utf8')) as LabRecord
    return { ...record, directory, journal: journalIn(directory), index: subnetOf(directory) }
  } catch {
    return undefined
  }
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

/** From now on the lab has no owner: it stays until somebody takes it down. */
export function disown(lab: LabState): void {
  const { directory, journal, index, ...record } = lab
  const file = join(directory, 'lab.json')
  writeFileSync(`${file}.new`, JSON.stringify({ ...record, owner: null } satisfies LabRecord))
  renameSync(`${file}.new`, file)
}

/** Its processes are gone, whoever has their ids now. An older checkout writes no boot: then it is this one. */
export const isOfAnotherBoot = (lab: LabRecord): boolean => (lab.bootId ?? bootId()) !== bootId()

/** An orphan had an owner, and the owner is gone; or the machine was started again since. */
export function isOrphan(lab: LabRecord): boolean {
  return isOfAnotherBoot(lab) || (lab.owner !== null && !isAlive(lab.owner))
}

/** The last step of a lab's end: its subnet is free, its name is free. The record goes last, or nobody would go on. */
export function forget({ directory }: LabState): void {
  releaseSubnets(directory)
  for (const entry of list(directory)) if (entry !== 'lab.json') remove(join(directory, entry))
  remove(directory)
}

const remove = (path: string) => rmSync(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
