export type Bundle = 'controller' | 'speaker' | 'operator'

/** A stop for leaks, not a budget. */
const heapLimit = '--max-old-space-size=512'

/**
 * Without the optimising compilers (TurboFan, Maglev) a process that watches 1,000 Services is 7 MB smaller and spends a third
 * less CPU on 1,000 changes: it never runs long enough in one place to earn its compilations back. The hottest path there is,
 * an ARP answer, then takes 3 us instead of 2. What was compiled and not run since the last full collection is dropped:
 * most of it is for the start.
 */
const mostlyWaiting = [
  '--max-semi-space-size=1',
  heapLimit,
  '--optimize-for-size',
  '--no-maglev',
  '--no-opt',
  '--bytecode-old-age=1',
]

/**
 * The controller gives 10,000 addresses in one go, and there are few of it: the quick one of the compilers and room for
 * young objects save a third of the CPU of each address, for 20 MB (docs/decisions/0007).
 */
const oftenBusy = ['--max-semi-space-size=4', heapLimit, '--no-opt']

/** V8 settings of each process; NODE_OPTIONS refuses some of them, so they stand on the command line. */
export const nodeFlags: Readonly<Record<Bundle, readonly string[]>> = {
  controller: oftenBusy,
  speaker: mostlyWaiting,
  operator: mostlyWaiting,
}

/**
 * One malloc arena instead of one per thread: about 10 MB less for a process with a handful of threads. What is freed goes back
 * to the system, and large blocks come from there: without being told so malloc keeps ever more of both, 1.7 MB in all.
 */
export const nodeEnvironment: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_TRIM_THRESHOLD_: `${128 * 1024}`,
}

export const nodeCommand = (bundle: Bundle): string[] => ['/usr/bin/node', ...nodeFlags[bundle], `/app/${bundle}.cjs`]
