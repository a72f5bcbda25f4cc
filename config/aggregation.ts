import type { Family } from '../net/address.ts'
import { rangeToPrefixes } from '../net/range.ts'
import type { BgpDraft } from './bgp-advertisement.ts'
import type { PoolDraft, PoolItem } from './pool.ts'

interface Widest {
  readonly length: number
  readonly item: PoolItem
}

const fieldOf = { 4: 'aggregationLength', 6: 'aggregationLengthV6' } as const

/** Reports every advertisement whose routes would claim addresses around those of a pool that it selects. */
export function reportWideRoutes(pool: PoolDraft, selecting: readonly BgpDraft[]): void {
  if (selecting.length === 0) return
  for (const family of [4, 6] as const) {
    const widest = widestPrefix(pool, family)
    if (widest === undefined) continue
    for (const { advertisement, report } of selecting) {
      const name = fieldOf[family]
      const value = advertisement[name]
      if (value >= widest.length) continue
      const detail = `${widest.item.text} of pool ${pool.name}`
      report({ code: 'aggregation-shorter-than-pool', field: `spec.${name}`, value, detail })
    }
  }
}

/** The widest prefix in each entry, and of the entries the one where that is the narrowest: it is the first to be left. */
function widestPrefix(pool: PoolDraft, family: Family): Widest | undefined {
  const ofFamily = pool.items.filter(({ range }) => range.family === family)
  return ofFamily
    .map((item) => ({ item, length: Math.min(...rangeToPrefixes(item.range).map(({ length }) => length)) }))
    .reduce<Widest | undefined>(
      (best, next) => (best === undefined || next.length > best.length ? next : best),
      undefined,
    )
}
