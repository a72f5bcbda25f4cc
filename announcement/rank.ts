import { addressDigest, type Digests } from './digests.ts'

/**
 * Orders the candidates for an address, best first: higher score, then smaller SHA-256 of `<node>#<ip>`.
 * Port and Service play no part, so all Services on one address land on one node.
 * @param ip the canonical text of the address (RFC 5952, IPv4 dotted)
 */
export function rankCandidates(
  candidates: Iterable<string>,
  ip: string,
  digests: Digests,
  scoreOf: (node: string) => number = () => 0,
): string[] {
  return Array.from(candidates, (node) => ({ node, score: scoreOf(node), prefix: digests.prefix(node, ip) }))
    .sort((a, b) => b.score - a.score || a.prefix - b.prefix || compareDigests(a.node, b.node, ip))
    .map(({ node }) => node)
}

/** Those with the highest score, sorted by name. */
export function best(nodes: readonly string[], scoreOf: (node: string) => number): readonly string[] {
  const highest = nodes.reduce((max, node) => Math.max(max, scoreOf(node)), 0)
  return nodes.filter((node) => scoreOf(node) === highest).sort()
}

function compareDigests(a: string, b: string, ip: string): number {
  return addressDigest(a, ip) < addressDigest(b, ip) ? -1 : 1
}
