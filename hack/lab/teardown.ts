import { removeCgroups } from './cgroups.ts'
import { inodesOf, networkNamespaces, removeNetwork } from './network.ts'
import { killAll, processesInNetworks, readJournal } from './processes.ts'
import { forget, isOfAnotherBoot, isOrphan, type LabState, readLabs } from './state.ts'
import { until } from './wait.ts'

/** What came of ending several labs. */
export interface Cleaning {
  /** Their names. */
  readonly ended: string[]
  /** A line for each of the others. */
  readonly failures: string[]
}

/**
 * Ends a lab from its state alone, in whatever state of building or falling apart it is; safe to run twice.
 * Guarantees: afterwards no process, namespace, interface, cgroup, mount or file of the lab is left.
 */
export async function teardown(lab: LabState): Promise<void> {
  if (!isOfAnotherBoot(lab)) await killAll(readJournal(lab.journal))
  await killEverybodyInside(lab.prefix)
  await removeCgroups(lab.prefix)
  await removeNetwork(lab.prefix)
  forget(lab)
}

/** Ends the labs whose owner ended without doing so; a lab of a living process is not touched. */
export const teardownOrphans = (): Promise<Cleaning> => teardownAll(readLabs().filter(isOrphan))

/** Tries each one: a lab that cannot be ended is in nobody's way. */
export async function teardownAll(labs: readonly LabState[]): Promise<Cleaning> {
  const cleaning: Cleaning = { ended: [], failures: [] }
  for (const lab of labs) {
    try {
      await teardown(lab)
      cleaning.ended.push(lab.name)
    } catch (error) {
      cleaning.failures.push(
        `lab ${lab.name} (${lab.prefix}) is not ended: ${error instanceof Error ? error.message : error}`,
      )
    }
  }
  return cleaning
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
