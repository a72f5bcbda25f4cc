import type { V1Node } from '@kubernetes/client-node'
import { formatAddress } from '../net/address.ts'
import type { PeerDraft } from './bgp-peer.ts'
import type { Fault } from './faults.ts'
import { labelsOf } from './selected-nodes.ts'
import { formatSelector, type LabelSelector, matchesAny } from './selector.ts'
import type { BgpPeer } from './snapshot.ts'

interface Agreement {
  readonly code: 'router-id-mismatch' | 'peer-duplicate' | 'local-asn-mismatch'
  readonly field: (peer: BgpPeer) => string
  /** What the peers of one group are compared by; with the value undefined no two may be in a group. */
  readonly group: (peer: BgpPeer) => string
  readonly value: (peer: BgpPeer) => string | number | undefined
}

const agreements: readonly Agreement[] = [
  {
    code: 'router-id-mismatch',
    field: () => 'spec.routerID',
    group: () => '',
    value: ({ routerId }) => (routerId === undefined ? '' : formatAddress(routerId)),
  },
  {
    code: 'peer-duplicate',
    field: ({ interface: link }) => (link === undefined ? 'spec.peerAddress' : 'spec.interface'),
    group: (peer) => `${identityOf(peer)} ${peer.vrf}`,
    value: () => undefined,
  },
  {
    code: 'local-asn-mismatch',
    field: () => 'spec.myASN',
    group: ({ vrf }) => vrf,
    value: ({ myAsn }) => myAsn,
  },
]

/** Reports peers of one node that one FRR cannot serve together, each at the later of the two by name. */
export function reportDisagreements(peers: readonly PeerDraft[], nodes: readonly V1Node[]): void {
  const groups = peersByNode(peers, nodes)
  for (const agreement of agreements) {
    const told = new Set<PeerDraft>()
    for (const together of groups) {
      for (const { draft, fault } of disagreeing(agreement, together)) {
        if (!told.has(draft)) draft.report(fault)
        told.add(draft)
      }
    }
  }
}

/** The first peer of each group sets what the others have to agree with. */
function* disagreeing(
  { code, field, group, value }: Agreement,
  peers: readonly PeerDraft[],
): Generator<{ draft: PeerDraft; fault: Fault }> {
  const first = new Map<string, BgpPeer>()
  for (const draft of peers) {
    const { peer } = draft
    const key = group(peer)
    const other = first.get(key)
    if (other === undefined) first.set(key, peer)
    else if (value(peer) === undefined || value(peer) !== value(other)) {
      const shown = value(peer) ?? identityOf(peer)
      yield { draft, fault: { code, field: field(peer), value: shown, detail: `BGPPeer ${other.name}` } }
    }
  }
}

/** Who is together on a node; as long as no node is known, everybody may be. */
function peersByNode(peers: readonly PeerDraft[], nodes: readonly V1Node[]): PeerDraft[][] {
  if (nodes.length === 0) return [[...peers]]
  const matching = new Map<string, Set<V1Node>>()
  const nodesOf = (selectors: readonly LabelSelector[]): Set<V1Node> => {
    const text = selectors.map(formatSelector).join('|')
    const found = matching.get(text) ?? new Set(nodes.filter((node) => matchesAny(selectors, labelsOf(node))))
    matching.set(text, found)
    return found
  }
  const groups = nodes.map((node) => peers.filter(({ peer }) => nodesOf(peer.nodeSelectors).has(node)))
  return [...new Map(groups.map((group) => [group.map(({ peer }) => peer.name).join('|'), group])).values()]
}

function identityOf({ address, interface: link }: BgpPeer): string {
  return address === undefined ? (link ?? '') : formatAddress(address)
}
