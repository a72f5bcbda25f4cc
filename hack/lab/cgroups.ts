import { existsSync, readdirSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { until } from './wait.ts'

const cgroupRoot = '/sys/fs/cgroup'

/** Removes the lab's cgroups (or one node's: `prefix/n1`) from every hierarchy, while the kernel still drains them. */
export async function removeCgroups(path: string): Promise<void> {
  const groups = readdirSync(cgroupRoot).map((hierarchy) => join(cgroupRoot, hierarchy, path))
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
