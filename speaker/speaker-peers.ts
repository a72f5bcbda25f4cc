import type { V1Pod } from '@kubernetes/client-node'
import { type Family, parseAddress } from '../net/address.ts'
import type { Peer } from './membership/peers.ts'

/** Where the speakers are that the API server knows of: one for each node, by its pod that is there to stay. */
export function peersOf(speakerPods: Iterable<V1Pod>, family: Family): Peer[] {
  const pods = [...speakerPods].filter(hasNotEnded).sort((a, b) => rank(a) - rank(b))
  const peers = new Map<string, Peer>()
  for (const pod of pods) {
    const name = pod.spec?.nodeName
    const address = addressesOf(pod).find((one) => one.family === family)
    if (name && address) peers.set(name, { name, address })
  }
  return [...peers.values()]
}

/** The last one counts. */
function rank({ metadata }: V1Pod): number {
  return metadata?.deletionTimestamp ? 0 : 1
}

/** Evicted, for example: the object may stay for long. */
function hasNotEnded({ status }: V1Pod): boolean {
  return status?.phase !== 'Failed' && status?.phase !== 'Succeeded'
}

function addressesOf({ status }: V1Pod) {
  return (status?.podIPs ?? []).flatMap(({ ip }) => (ip ? parseAddress(ip) : []))
}
