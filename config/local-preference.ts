import type { Family } from '../net/address.ts'
import type { BgpDraft } from './bgp-advertisement.ts'
import type { PoolDraft } from './pool.ts'
import type { BgpAdvertisement } from './snapshot.ts'

/**
 * Reports every advertisement that gives a route of the pool another LOCAL_PREF than an earlier one does.
 * Advertisements of single Services are left out: whether they meet is known only when a Service is announced.
 */
export function reportPreferences(pool: PoolDraft, selecting: readonly BgpDraft[]): void {
  const candidates = selecting.filter(({ advertisement }) => advertisement.serviceSelectors.length === 0)
  if (new Set(candidates.map(({ advertisement }) => advertisement.localPref)).size < 2) return
  const families = new Set(pool.items.map(({ range }) => range.family))
  for (const [index, { advertisement, report }] of candidates.entries()) {
    const other = candidates.find((earlier, at) => at < index && meet(advertisement, earlier.advertisement, families))
    if (other === undefined) continue
    const { name, localPref } = other.advertisement
    const detail = `${localPref} in BGPAdvertisement ${name}, both for pool ${pool.name}`
    report({ code: 'local-pref-conflict', field: 'spec.localPref', value: advertisement.localPref, detail })
  }
}

/** The two would give one route, from one node to one peer, two preferences. */
function meet(a: BgpAdvertisement, b: BgpAdvertisement, families: ReadonlySet<Family>): boolean {
  if (a.localPref === b.localPref) return false
  const sameRoutes =
    (families.has(4) && a.aggregationLength === b.aggregationLength) ||
    (families.has(6) && a.aggregationLengthV6 === b.aggregationLengthV6)
  return sameRoutes && sharePeers(a.peers, b.peers) && shareNodes(a.nodes, b.nodes)
}

/** An empty list means every peer. */
function sharePeers(a: readonly string[], b: readonly string[]): boolean {
  return a.length === 0 || b.length === 0 || a.some((peer) => b.includes(peer))
}

function shareNodes(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  for (const node of a) if (b.has(node)) return true
  return false
}
