export type Bundle = 'controller' | 'speaker' | 'operator'

/**
 * V8 settings of every process; NODE_OPTIONS refuses some of them, so they stand on the command line.
 * Without Maglev, the compiler in the middle, a speaker with 1,000 Services is 9 MB smaller and no slower: its many short
 * compilations leave malloc's heap full of holes.
 * The old-space limit is a stop for leaks, not a budget: --optimize-for-size keeps the heap small by itself.
 */
export const nodeFlags: readonly string[] = [
  '--max-semi-space-size=1',
  '--max-old-space-size=512',
  '--optimize-for-size',
  '--no-maglev',
]

/** One malloc arena instead of one per thread: about 10 MB less for a process with a handful of threads. */
export const nodeEnvironment: Readonly<Record<string, string>> = { MALLOC_ARENA_MAX: '1' }

export const nodeCommand = (bundle: Bundle): string[] => ['/usr/bin/node', ...nodeFlags, `/app/${bundle}.cjs`]
