import { hash } from 'node:crypto'

/**
 * Orders the candidates for an address, best first: higher score, then smaller SHA-256 of `<node>#<ip>`.
 * Port and Service play no part, so all Services on one address land on one node.
 * @param ip the canonical text of the address (RFC 5952, IPv4 dotted)
 */
export function rankCandidates(
  candidates: Iterable<string>,
  ip: string,
  scoreOf: (node: string) => number = () => 0,
): string[] {
  return [...candidates]
    .map((node) => ({ node, score: scoreOf(node), digest: addressDigest(node, ip) }))
    .sort((a, b) => b.score - a.score || (a.digest < b.digest ? -1 : 1))
    .map(({ node }) => node)
}

/** In hex, since hex digits sort as the bytes do. */
export function addressDigest(node: string, ip: string): string {
  return hash('sha256', `${node}#${ip}`, 'hex')
}
