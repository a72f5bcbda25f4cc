import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { inodesOf, networkNamespaces } from './network.ts'
import { identify, isAlive, type ProcessRecord, processesInNetworks } from './processes.ts'
import { subnetClaims } from './subnets.ts'

const ownPidNamespace = readlinkSync('/proc/self/ns/pid')

/** Every process in the network namespaces of a lab, or in a pid namespace of such a process (its pods). */
export async function processesOf(prefix: string): Promise<ProcessRecord[]> {
  const inside = processesInNetworks(inodesOf(await networkNamespaces(prefix)))
  const pidNamespaces = new Set(inside.map(({ pid }) => pidNamespaceOf(pid)))
  pidNamespaces.delete(ownPidNamespace)
  const pods = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && pidNamespaces.has(pidNamespaceOf(pid)))
  return [...inside, ...pods.flatMap((pid) => identify(Number(pid)) ?? [])]
}

function pidNamespaceOf(pid: number | string): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`)
  } catch {
    return ''
  }
}

/**
 * What is left of a lab on this machine, in words; `processes` are those that it had. All is found by the prefix, which
 * is also the name of the lab's directory: mounts in that, the link that claims its network.
 */
export async function leftoversOf(prefix: string, processes: readonly ProcessRecord[]): Promise<string[]> {
  const matches = (lines: readonly string[]) => lines.filter((line) => line.includes(prefix))
  const cgroups = readdirSync('/sys/fs/cgroup').map((hierarchy) => join('/sys/fs/cgroup', hierarchy, prefix))
  return [
    ...processes.filter(isAlive).map(({ pid }) => `process ${pid}`),
    ...(await networkNamespaces(prefix)).map((name) => `network namespace ${name}`),
    ...matches(readdirSync('/sys/class/net')).map((name) => `interface ${name}`),
    ...cgroups.filter((path) => existsSync(path)).map((path) => `cgroup ${path}`),
    ...matches(readFileSync('/proc/mounts', 'utf8').split('\n')).map((line) => `mount ${line}`),
    ...matches(subnetClaims().map(({ directory }) => directory)).map((directory) => `network of ${directory}`),
  ]
}
