import type { Problem } from './problems.ts'

/** A problem and since when it is there. */
export interface KnownProblem extends Problem {
  /** RFC 3339. */
  readonly since: string
}

export interface JournalEntry {
  readonly known: readonly KnownProblem[]
  /** Those that were not there before. */
  readonly appeared: readonly KnownProblem[]
  /** Reasons of those that are not there any more. */
  readonly gone: readonly string[]
}

/** A problem whose message changes is the same one, as long as its reason is there. */
export function nextEntry(before: readonly KnownProblem[], found: readonly Problem[], now: Date): JournalEntry {
  const sinceByReason = new Map(before.map(({ reason, since }) => [reason, since]))
  const today = `${now.toISOString().slice(0, 19)}Z`
  const known = found.map((problem) => ({ ...problem, since: sinceByReason.get(problem.reason) ?? today }))
  const reasons = new Set(found.map(({ reason }) => reason))
  return {
    known,
    appeared: known.filter(({ reason }) => !sinceByReason.has(reason)),
    gone: [...sinceByReason.keys()].filter((reason) => !reasons.has(reason)),
  }
}
