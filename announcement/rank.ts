import { addressDigest, type Digests } from './digests.ts'

/**
 * Orders the candidates for an address, best first: higher score, then smaller SHA-256 of `<node>#<ip>`.
 * Port and Service play no part, so all Services on one address land on one node.
 * @param ip the canonical text of the address (RFC 5952, IPv4 dotted)
 */
export function rankCandidates(
  candidates: readonly string[],
  ip: string,
  digests: Digests,
  scoreOf: (node: string) => number = () => 0,
): string[] {
  const prefixes = digests.prefixes(candidates, ip)
  const ranked = candidates.map((node, index) => ({ node, score: scoreOf(node), prefix: prefixes[index]! }))
  ranked.sort((a, b) => b.score - a.score || a.prefix - b.prefix || compareDigests(a.node, b.node, ip))
  return ranked.map(({ node }) => node)
}

/** Those with the highest score, sorted by name. */
export function best(nodes: readonly string[], scoreOf: (node: string) => number): readonly string[] {
  const scores = nodes.map(scoreOf)
  const highest = Math.max(...scores)
  return nodes.filter((_, index) => scores[index] === highest).sort()
}

function compareDigests(a: string, b: string, ip: string): number {
  return addressDigest(a, ip) < addressDigest(b, ip) ? -1 : 1
}
