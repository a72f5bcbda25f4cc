import { isOpenTo } from './compatibility.ts'
import { type Families, nameOfFamilies } from './families.ts'
import { formatFindings, type PoolFinding } from './finding.ts'
import type { PoolSpace } from './pool-space.ts'
import { type Refusal, type RefusalReason, refusal } from './refusal.ts'
import type { Request } from './request.ts'
import type { Shortage } from './shortage.ts'
import type { Slot } from './slot.ts'

/** No tried pool could serve: names each of them, and those of the others that were not tried, with the reason. */
export function exhausted(
  shortages: readonly Shortage[],
  others: Iterable<PoolSpace>,
  families: Families,
  request: Request,
): Refusal {
  const tried = findingsByPool(shortages)
  const untried = [...others].filter(({ pool }) => !tried.has(pool.name)).map((space) => whyNotTried(space, request))
  const considered = [...tried.values(), ...untried]
  const waitsFor = shortages.flatMap((shortage) => shortage.waitsFor)
  const who = request.wantedPool === '' ? 'no pool can serve' : 'the requested pool cannot serve'
  const message = `${who} ${nameOfFamilies(families)}: ${formatFindings(considered)}`
  return refusal(reasonOf(considered, waitsFor), message, waitsFor, considered)
}

/** Of several findings about a pool the first, which is about all that the Service asks for. */
function findingsByPool(shortages: readonly Shortage[]): Map<string, PoolFinding> {
  const findings = new Map<string, PoolFinding>()
  for (const { finding } of shortages) {
    const known = findings.get(finding.pool)
    if (known === undefined || known.why === 'kept-in-use') findings.set(finding.pool, finding)
  }
  return findings
}

function whyNotTried({ pool }: PoolSpace, request: Request): PoolFinding {
  if (!isOpenTo(pool, request)) return { pool: pool.name, why: 'closed' }
  return { pool: pool.name, why: pool.autoAssign ? 'selects-nobody' : 'no-auto-assign' }
}

/** The one that may go away first: by itself, by a Service of the namespace, by an administrator. */
function reasonOf(considered: readonly PoolFinding[], waitsFor: readonly Slot[]): RefusalReason {
  if (waitsFor.some(({ kind }) => kind === 'pool' || kind === 'reserved')) return 'PoolExhausted'
  if (considered.some(({ why }) => why === 'quota')) return 'QuotaExceeded'
  if (considered.some(({ why }) => why === 'disabled')) return 'PoolDisabled'
  return 'NoSuitablePool'
}
