import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { until } from './wait.ts'

/** The cgroup v1 hierarchies of this machine, by the name of their directory: cpu, memory, systemd ... */
export function hierarchies(): string[] {
  return mountedHierarchies().map((path) => basename(path))
}

export class CgroupError extends Error {
  readonly code = 'cgroup-version'
}

const remedy =
  'start it with systemd.unified_cgroup_hierarchy=0 SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1 on the kernel command line ' +
  '(systemd before 258), or use the fast lab, which does without: make lab-up FAST=1'

/** Throws a CgroupError when this machine has cgroup v2 only. */
export function requireHierarchies(): string[] {
  const names = hierarchies()
  if (names.includes('memory')) return names
  throw new CgroupError(`nodes need the cgroup v1 hierarchies, which this machine does not mount: ${remedy}`)
}

/** Makes a cgroup in every hierarchy; returns their directories. */
export function createCgroups(path: string): string[] {
  return mountedHierarchies().map((hierarchy) => {
    const group = join(hierarchy, path)
    mkdirSync(group, { recursive: true })
    if (basename(hierarchy).split(',').includes('cpuset')) fillCpuset(hierarchy, group)
    return group
  })
}

/** A cpuset starts empty, and an empty one refuses processes; parents first. */
function fillCpuset(hierarchy: string, group: string): void {
  if (group === hierarchy) return
  fillCpuset(hierarchy, dirname(group))
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    writeFileSync(join(group, file), readFileSync(join(dirname(group), file)))
  }
}

function mountedHierarchies(): string[] {
  const rows = readFileSync('/proc/mounts', 'utf8').split('\n')
  return rows.flatMap((row) => {
    const [, place = '', kind] = row.split(' ')
    return kind === 'cgroup' ? [place] : []
  })
}

/** Removes a lab's cgroups (or one node's: `prefix/n1`) from every hierarchy, while the kernel still drains them. */
export async function removeCgroups(path: string): Promise<void> {
  const groups = mountedHierarchies().map((hierarchy) => join(hierarchy, path))
  await until(`removal of the cgroups ${path}`, () => groups.every(removeTree))
}

/** Deepest first; false when one was still busy. */
function removeTree(group: string): boolean {
  if (!existsSync(group)) return true
  const children = readdirSync(group, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  if (!children.every((child) => removeTree(join(group, child.name)))) return false
  try {
    rmdirSync(group)
    return true
  } catch {
    return false
  }
}
