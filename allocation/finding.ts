import type { Family } from '../net/address.ts'
import { nameOfFamily } from './families.ts'

/** Why one pool would not do. */
export type PoolFinding = { readonly pool: string } & (
  | { readonly why: 'closed' | 'no-auto-assign' | 'selects-nobody' | 'disabled' | 'kept-in-use' }
  | { readonly why: 'quota'; readonly namespace: string; readonly quota: number }
  | { readonly why: 'lacks'; readonly lacks: readonly Lack[] }
)

/**
 * `no-addresses`: the pool has none of the family at all. `none-free`: all are in use, kept for others or withheld;
 * `all-kept`: and none is in use.
 */
export interface Lack {
  readonly family: Family
  readonly why: 'no-addresses' | 'all-excluded' | 'none-free' | 'all-kept'
}

/** How many pools a message names. */
const mostPoolsNamed = 8

/** The pools by name, each with the reason. */
export function formatFindings(findings: readonly PoolFinding[]): string {
  const named = findings.slice(0, mostPoolsNamed).map((finding) => `${finding.pool}: ${formatFinding(finding)}`)
  if (findings.length > mostPoolsNamed) named.push('and others')
  return named.join('; ')
}

export function formatFinding(finding: PoolFinding): string {
  switch (finding.why) {
    case 'closed':
      return 'not open to this Service'
    case 'no-auto-assign':
      return 'autoAssign is off'
    case 'selects-nobody':
      return 'its serviceAllocation selects no namespace'
    case 'disabled':
      return 'disabled'
    case 'kept-in-use':
      return 'the addresses kept for this Service are in use'
    case 'quota':
      return `namespace ${finding.namespace} has used its quota of ${finding.quota}`
    case 'lacks':
      return finding.lacks.map(formatLack).join(' and ')
  }
}

const lackTexts: Readonly<Record<Lack['why'], (family: string) => string>> = {
  'no-addresses': (family) => `no ${family} addresses`,
  'all-excluded': (family) => `every ${family} address is excluded`,
  'none-free': (family) => `no free ${family} address`,
  'all-kept': (family) =>
    `no free ${family} address (all are kept by IPReservations, or belong to nodes, gateways or other hosts)`,
}

function formatLack({ family, why }: Lack): string {
  return lackTexts[why](nameOfFamily(family))
}
