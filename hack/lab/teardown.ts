import { removeCgroups } from './cgroups.ts'
import { inodesOf, networkNamespaces, removeNetwork } from './network.ts'
import { killAll, processesInNetworks, readJournal } from './processes.ts'
import { forget, isOrphan, type LabState, readLabs } from './state.ts'
import { until } from './wait.ts'

/**
 * Ends a lab from its state alone, in whatever state of building or falling apart it is; safe to run twice.
 * Guarantees: afterwards no process, namespace, interface, cgroup, mount or file of the lab is left.
 */
export async function teardown(lab: LabState): Promise<void> {
  await killAll(readJournal(lab.journal))
  await killEverybodyInside(lab.prefix)
  await removeCgroups(lab.prefix)
  await removeNetwork(lab.prefix)
  forget(lab)
}

/** Ends the labs whose owner ended without doing so; a lab of a living process is not touched. */
export async function teardownOrphans(): Promise<LabState[]> {
  const orphans = readLabs().filter(isOrphan)
  for (const lab of orphans) await teardown(lab)
  return orphans
}

/** Finds what a killed owner had no time to record, and the children of what it had. */
async function killEverybodyInside(prefix: string): Promise<void> {
  const inodes = inodesOf(await networkNamespaces(prefix))
  await until('empty network namespaces', async () => {
    const left = processesInNetworks(inodes)
    await killAll(left)
    return left.length === 0
  })
}
