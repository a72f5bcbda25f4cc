export type Bundle = 'controller' | 'speaker' | 'operator'

/**
 * V8 settings of every process; NODE_OPTIONS refuses some of them, so they stand on the command line.
 * Without the optimising compilers (TurboFan, Maglev) a process that watches 1,000 Services is 7 MB smaller and spends a third
 * less CPU on 1,000 changes: it never runs long enough in one place to earn its compilations back. The hottest path there is,
 * an ARP answer, then takes 2 us instead of 1.
 * The old-space limit is a stop for leaks, not a budget: --optimize-for-size keeps the heap small by itself.
 */
export const nodeFlags: readonly string[] = [
  '--max-semi-space-size=1',
  '--max-old-space-size=512',
  '--optimize-for-size',
  '--no-maglev',
  '--no-opt',
]

/** One malloc arena instead of one per thread: about 10 MB less for a process with a handful of threads. */
export const nodeEnvironment: Readonly<Record<string, string>> = { MALLOC_ARENA_MAX: '1' }

export const nodeCommand = (bundle: Bundle): string[] => ['/usr/bin/node', ...nodeFlags, `/app/${bundle}.cjs`]
