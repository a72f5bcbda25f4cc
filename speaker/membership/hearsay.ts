import type { MemberRecord } from './member-record.ts'
import type { MemberReport } from './message.ts'

/**
 * - `believe`: it lives, or has left, by its own newer word.
 * - `check`: a rumour of death: two own pings, believed only without an answer.
 * - `ask`: it is said to live in the very life that it is dead in here: its answer gives it the occasion to refute.
 * - `bury`: dead, and no candidate here either way.
 * - `complete`: what a mere heartbeat could not tell.
 */
export type Weight = 'believe' | 'check' | 'ask' | 'bury' | 'complete' | 'ignore'

/** What another's list is worth. The higher incarnation wins; a death that only another has seen is hearsay. */
export function weigh(known: MemberRecord | undefined, report: MemberReport): Weight {
  const hasLeft = !report.isAlive && report.phase === 'leaving'
  if (known === undefined) return report.isAlive ? 'believe' : 'ignore'
  if (report.incarnation > known.incarnation && (report.isAlive || hasLeft)) return 'believe'
  if (report.incarnation < known.incarnation) return 'ignore'
  if (report.isAlive) return weighLife(known)
  if (known.life === 'alive') return 'check'
  return known.isListed && report.incarnation > known.incarnation ? 'bury' : 'ignore'
}

function weighLife(known: MemberRecord): Weight {
  if (known.life === 'dead') return 'ask'
  return known.factsIncarnation < known.incarnation ? 'complete' : 'ignore'
}
