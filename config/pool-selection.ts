import type { V1LabelSelector } from '@kubernetes/client-node'
import { type Report, reportRepeated } from './faults.ts'
import { type Labels, matchesAny, parseSelectors } from './selector.ts'

interface SelectionSource {
  readonly ipAddressPools?: readonly string[]
  readonly ipAddressPoolSelectors?: V1LabelSelector[]
}

export interface SelectablePool {
  readonly name: string
  readonly labels: Labels
}

/** The two ways in which an advertisement reaches a pool. Without names and selectors it reaches every pool by name. */
export interface PoolSelection {
  readonly byName: (pool: SelectablePool) => boolean
  readonly byLabel: (pool: SelectablePool) => boolean
}

export function parsePoolSelection(source: SelectionSource | undefined, report: Report): PoolSelection {
  const { ipAddressPools = [], ipAddressPoolSelectors } = source ?? {}
  reportRepeated(ipAddressPools, 'duplicate-pool-reference', 'spec.ipAddressPools', report)
  const selectors = parseSelectors(ipAddressPoolSelectors, 'spec.ipAddressPoolSelectors', report)
  const names = new Set(ipAddressPools)
  const selectsAll = names.size + selectors.length === 0
  return {
    byName: ({ name }) => selectsAll || names.has(name),
    byLabel: ({ labels }) => matchesAny(selectors, labels),
  }
}
