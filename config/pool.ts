import type { V1Namespace } from '@kubernetes/client-node'
import type { IPAddressPool } from '../crds/generated/types.ts'
import { AddressError } from '../net/address.ts'
import { type AddressRange, parseRange } from '../net/range.ts'
import { type FaultCode, type Report, reportRepeated } from './faults.ts'
import { parseLimits } from './pool-limits.ts'
import { everything, type Labels, matchesAny, parseSelectors } from './selector.ts'
import type { Pool, PoolAllocation } from './snapshot.ts'

/** A pool as its own object shows it, before advertisements are attached. */
export interface PoolDraft extends Omit<Pool, 'layer2' | 'bgp' | 'ranges'> {
  readonly labels: Labels
  readonly items: readonly PoolItem[]
  readonly report: Report
}

/** One entry of `spec.addresses`. */
export interface PoolItem {
  readonly field: string
  readonly text: string
  readonly range: AddressRange
}

/** Faults are reported; what they concern is left out of the result. */
export function parsePool(source: IPAddressPool, namespaces: readonly V1Namespace[], report: Report): PoolDraft {
  const { addresses = [], autoAssign = true, avoidBuggyIPs = false } = source.spec
  if (addresses.length === 0) report({ code: 'pool-without-addresses', field: 'spec.addresses', value: addresses })
  return {
    name: source.metadata?.name ?? '',
    labels: source.metadata?.labels ?? {},
    items: addresses.flatMap((text, index) => parseItem(text, `spec.addresses[${index}]`, report)),
    report,
    autoAssign,
    avoidBuggyIPs,
    ...parseLimits(source.spec, report),
    allocation: parseAllocation(source, namespaces, report),
  }
}

function parseItem(text: string, field: string, report: Report): PoolItem[] {
  try {
    return [{ field, text, range: parseRange(text) }]
  } catch (error) {
    if (!(error instanceof AddressError)) throw error
    report({ code: faultOfRange(text, error), field, value: text })
    return []
  }
}

function faultOfRange(text: string, error: AddressError): FaultCode {
  if (!text.includes('-')) return 'bad-cidr'
  if (error.code !== 'bad-range') return 'range-bad-address'
  return error.message.includes('mixes') ? 'range-mixed-families' : 'range-descending'
}

function parseAllocation(
  { spec: { serviceAllocation: source } }: IPAddressPool,
  allNamespaces: readonly V1Namespace[],
  report: Report,
): PoolAllocation | undefined {
  if (source === undefined || source === null) return undefined
  const { priority = 0, namespaces = [] } = source
  const field = 'spec.serviceAllocation'
  reportRepeated(namespaces, 'duplicate-namespace', `${field}.namespaces`, report)
  const namespaceSelectors = parseSelectors(source.namespaceSelectors, `${field}.namespaceSelectors`, report)
  const serviceSelectors = parseSelectors(source.serviceSelectors, `${field}.serviceSelectors`, report)
  const selected = allNamespaces.filter(({ metadata }) => matchesAny(namespaceSelectors, metadata?.labels ?? {}))
  const hasNoCriterion = namespaces.length + namespaceSelectors.length + serviceSelectors.length === 0
  return {
    priority,
    namespaces: new Set([...namespaces, ...selected.map(({ metadata }) => metadata?.name ?? '')].sort()),
    serviceSelectors: hasNoCriterion ? [everything] : serviceSelectors,
  }
}
