// How things of a kind are called in TypeScript.
import type { Kind, Version } from './source.ts'

/** `BGPPeer`, and `BGPPeerV1beta1` for a version that is not the stored one. */
export const typeName = (kind: Kind, version: Version): string => kind.kind + (version.storage ? '' : suffix(version))

/** `bgpPeers`, `ipAddressPools`, `communities`; `bgpPeersV1beta1` for a version that is not the stored one. */
export function resourceName(kind: Kind, version: Version): string {
  const singular = kind.kind.replace(/^[A-Z]+(?=[A-Z0-9])|^[A-Z]/, (capitals) => capitals.toLowerCase())
  const shared = [...kind.plural].findIndex((letter, index) => letter !== kind.singular[index])
  return singular.slice(0, shared) + kind.plural.slice(shared) + (version.storage ? '' : suffix(version))
}

const suffix = (version: Version): string => version.name.charAt(0).toUpperCase() + version.name.slice(1)
