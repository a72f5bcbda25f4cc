import type { Layer2Draft } from './layer2-advertisement.ts'
import { formatSelector } from './selector.ts'

/** Reports every advertisement that asks for Hash where another one of a pool, for the same Services, asks for Balanced. */
export function reportPlacements(pool: { readonly name: string }, selecting: readonly Layer2Draft[]): void {
  const balanced = selecting.filter(({ advertisement }) => advertisement.placement === 'Balanced')
  for (const draft of selecting) {
    if (draft.advertisement.placement !== 'Hash') continue
    const other = balanced.find((one) => servicesOf(one) === servicesOf(draft))
    if (!other) continue
    const detail = `L2Advertisement ${other.advertisement.name}, both for pool ${pool.name}`
    draft.report({ code: 'placement-conflict', field: 'spec.placement', value: 'Hash', detail })
  }
}

function servicesOf({ advertisement }: Layer2Draft): string {
  return advertisement.serviceSelectors.map(formatSelector).sort().join()
}
