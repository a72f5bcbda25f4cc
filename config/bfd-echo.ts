import type { PeerDraft } from './bgp-peer.ts'
import type { BfdProfile, Pool } from './snapshot.ts'

/** Reports every peer with BFD echo, which is for IPv4 only (RFC 5881 s4), that would get IPv6 routes. */
export function reportEchoWithIpv6(
  peers: readonly PeerDraft[],
  bfdProfiles: ReadonlyMap<string, BfdProfile>,
  pools: readonly Pool[],
): void {
  const withEcho = peers.filter(({ peer }) => bfdProfiles.get(peer.bfdProfile ?? '')?.echoMode)
  if (withEcho.length === 0) return
  const reached = firstIpv6Route(pools)
  for (const { peer, report } of withEcho) {
    const detail = reached.get(peer.name) ?? reached.get(everyPeer)
    if (detail !== undefined)
      report({ code: 'bfd-echo-with-v6', field: 'spec.bfdProfile', value: peer.bfdProfile, detail })
  }
}

const everyPeer = ''

/** By the name of the peer, what brings it IPv6 routes. */
function firstIpv6Route(pools: readonly Pool[]): Map<string, string> {
  const reached = new Map<string, string>()
  for (const { name: pool, ranges, bgp } of pools) {
    if (!ranges.some(({ family }) => family === 6)) continue
    for (const { name, peers } of bgp) {
      for (const peer of peers.length === 0 ? [everyPeer] : peers) {
        if (!reached.has(peer)) reached.set(peer, `pool ${pool} by BGPAdvertisement ${name}`)
      }
    }
  }
  return reached
}
