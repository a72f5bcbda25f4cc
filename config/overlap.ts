import type { PoolDraft, PoolItem } from './pool.ts'

interface Entry {
  readonly pool: PoolDraft
  readonly item: PoolItem
}

/** Reports every item that shares addresses with another, at the later of the two in the order of names and items. */
export function reportOverlaps(pools: readonly PoolDraft[]): void {
  const entries = pools.flatMap((pool) => pool.items.map((item): Entry => ({ pool, item })))
  const order = new Map(entries.map((entry, position) => [entry, position]))
  for (const pair of overlappingPairs(entries)) {
    const [earlier, later] = pair.sort((a, b) => order.get(a)! - order.get(b)!) as [Entry, Entry]
    const { field, text } = later.item
    const detail = `${earlier.item.text} of pool ${earlier.pool.name}`
    later.pool.report({ code: 'overlap', field, value: text, detail })
  }
}

/** One sweep in address order: who starts before the highest end so far overlaps the range with that end. */
function overlappingPairs(entries: readonly Entry[]): [Entry, Entry][] {
  const pairs: [Entry, Entry][] = []
  let reach: Entry | undefined
  for (const entry of entries.toSorted(byFamilyAndStart)) {
    const { family, first, last } = entry.item.range
    const meets = reach !== undefined && reach.item.range.family === family && first <= reach.item.range.last
    if (meets) pairs.push([reach!, entry])
    if (!meets || last > reach!.item.range.last) reach = entry
  }
  return pairs
}

function byFamilyAndStart({ item: { range: a } }: Entry, { item: { range: b } }: Entry): number {
  if (a.family !== b.family) return a.family - b.family
  if (a.first !== b.first) return a.first < b.first ? -1 : 1
  return 0
}
