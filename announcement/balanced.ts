import type { Digests } from './digests.ts'
import { Room } from './room.ts'

/** What goes to one node as a whole: an address, or several that Services hold together. */
export interface Share {
  /** Canonical text of the address by which it goes. */
  readonly ip: string
  /** Where it may be, sorted. */
  readonly nodes: readonly string[]
}

/** The node of each share by its `ip`. */
export type Spread = ReadonlyMap<string, string>

/**
 * Where shares belong: as many on each node as on every other, give or take one. A share that may be on few nodes only
 * comes before those with more to choose from, and goes to where the load is least.
 * The same for all who know the same shares, whatever came before.
 */
export function spreadEvenly(shares: Iterable<Share>, digests: Digests): Spread {
  const placing = { spread: new Map<string, string>(), loads: new Map<string, number>(), digests }
  place(shares, placing)
  return placing.spread
}

/**
 * Where shares are while some nodes are away: what belongs to the others stays where it is, and the rest fills up the
 * least loaded. So a node takes away what it has, gets the same when it is back, and hardly anything else moves.
 * @param isThere false for nodes that are away
 * @param elsewhere where a share may be whose node is away, sorted
 */
export function spreadRest<S extends Share>(
  shares: Iterable<S>,
  homes: Spread,
  isThere: (node: string) => boolean,
  elsewhere: (share: S) => readonly string[],
  digests: Digests,
): Spread {
  const placing = { spread: new Map<string, string>(), loads: new Map<string, number>(), digests }
  const homeless: Share[] = []
  for (const share of shares) {
    const home = homes.get(share.ip)
    if (home !== undefined && isThere(home)) settle(share.ip, home, placing)
    else homeless.push({ ip: share.ip, nodes: elsewhere(share) })
  }
  place(homeless, placing)
  return placing.spread
}

interface Placing {
  readonly spread: Map<string, string>
  readonly loads: Map<string, number>
  readonly digests: Digests
}

function settle(ip: string, node: string, { spread, loads }: Placing): void {
  spread.set(ip, node)
  loads.set(node, (loads.get(node) ?? 0) + 1)
}

/** Shares with few nodes first. */
function place(shares: Iterable<Share>, placing: Placing): void {
  const groups = [...Map.groupBy(shares, keyOf())]
  groups.sort(([a, [one]], [b, [other]]) => one!.nodes.length - other!.nodes.length || (a < b ? -1 : 1))
  for (const [, group] of groups) {
    const { nodes } = group[0]!
    if (nodes.length > 0) fill(nodes, group.map(({ ip }) => ip).sort(), placing)
  }
}

/** By the names of the nodes; most shares have the same list. */
function keyOf(): (share: Share) => string {
  const keys = new Map<readonly string[], string>()
  return ({ nodes }) => {
    const key = keys.get(nodes) ?? nodes.join()
    keys.set(nodes, key)
    return key
  }
}

/** Goes through all pairs of address and node in the order of their digests, and joins those where both are free. */
function fill(nodes: readonly string[], ips: readonly string[], placing: Placing): void {
  const room = new Room(nodes, ips.length, placing.loads)
  let left = ips
  for (let from = 0; left.length > 0; ) {
    const to = from === 0 ? (3 / nodes.length) * 2 ** 32 : from * 2
    for (const { ip, node } of pairsBetween(from, to, left, room.open(), placing.digests)) {
      if (!placing.spread.has(ip) && room.take(node)) settle(ip, node, placing)
    }
    left = left.filter((ip) => !placing.spread.has(ip))
    from = to
  }
}

interface Pair {
  readonly ip: string
  readonly node: string
  readonly prefix: number
}

/** A slice of the order: most addresses find a node in the first, and need not be sorted with all nodes. */
function pairsBetween(
  from: number,
  to: number,
  ips: readonly string[],
  nodes: readonly string[],
  digests: Digests,
): Pair[] {
  const pairs: Pair[] = []
  for (const ip of ips) {
    for (const [index, prefix] of digests.prefixes(nodes, ip).entries()) {
      if (prefix >= from && prefix < to) pairs.push({ ip, node: nodes[index]!, prefix })
    }
  }
  // Stable: equal prefixes go by address, then by node.
  return pairs.sort((a, b) => a.prefix - b.prefix)
}
