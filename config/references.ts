import type { BGPAdvertisement, BGPPeer, BGPPeerV1beta1 } from '../crds/generated/types.ts'
import type { ConfigObjects } from './parse.ts'

/** The objects without what they say about objects that may come later: BFD profiles, Secrets, names of communities. */
export function withoutReferences(objects: ConfigObjects): ConfigObjects {
  return {
    ...objects,
    bgpPeers: (objects.bgpPeers ?? []).map(withoutProfileAndSecret),
    bgpAdvertisements: (objects.bgpAdvertisements ?? []).map(withoutAliases),
  }
}

function withoutProfileAndSecret(peer: BGPPeer | BGPPeerV1beta1): BGPPeer {
  if (peer.spec === undefined) return peer as BGPPeer
  const { bfdProfile: _profile, passwordSecret: _secret, ...spec } = (peer as BGPPeer).spec!
  return { ...peer, spec }
}

function withoutAliases(advertisement: BGPAdvertisement): BGPAdvertisement {
  const { communities } = advertisement.spec ?? {}
  if (communities === undefined) return advertisement
  return {
    ...advertisement,
    spec: { ...advertisement.spec, communities: communities.filter((text) => text.includes(':')) },
  }
}
