import type { ConfigObjects } from '../config/parse.ts'
import {
  bfdProfiles,
  bgpAdvertisements,
  bgpPeers,
  communities,
  ipAddressPools,
  l2Advertisements,
} from '../crds/generated/resources.ts'
import { configMaps } from '../kube/core.ts'
import { given } from '../kube/given.ts'
import type { KubeObject } from '../kube/object.ts'
import { reflect } from '../kube/reflector.ts'
import { apiVersionOf } from '../kube/resource.ts'
import type { Store } from '../kube/store.ts'
import type { Watches, WatchOptions } from './watches.ts'

/** What the controller watches anyway. */
export type AllocationWatches = Pick<Watches, 'pools' | 'communities' | 'namespaces' | 'nodes'>

/** The rest of the configuration, of every component. Secrets are not in it: the controller does not read passwords. */
export function openAdviceWatches({ client, namespace, log, clock }: WatchOptions) {
  const options = { log, clock, namespace }
  return {
    l2Advertisements: reflect(client, l2Advertisements, options),
    bgpAdvertisements: reflect(client, bgpAdvertisements, options),
    bgpPeers: reflect(client, bgpPeers, options),
    bfdProfiles: reflect(client, bfdProfiles, options),
    extras: reflect(client, configMaps, { ...options, fieldSelector: 'metadata.name=bgpextras' }),
  }
}

export type AdviceWatches = ReturnType<typeof openAdviceWatches> & AllocationWatches

export function readObjects(watches: AdviceWatches): ConfigObjects {
  const [extras] = watches.extras.store.values()
  return {
    pools: [...watches.pools.store.values()],
    l2Advertisements: [...watches.l2Advertisements.store.values()],
    bgpAdvertisements: [...watches.bgpAdvertisements.store.values()],
    bgpPeers: [...watches.bgpPeers.store.values()],
    bfdProfiles: [...watches.bfdProfiles.store.values()],
    communities: [...watches.communities.store.values()],
    nodes: [...watches.nodes.store.values()],
    namespaces: [...watches.namespaces.store.values()],
    ...given({ extras }),
  }
}

const kinds = {
  IPAddressPool: { resource: ipAddressPools, watch: 'pools' },
  L2Advertisement: { resource: l2Advertisements, watch: 'l2Advertisements' },
  BGPAdvertisement: { resource: bgpAdvertisements, watch: 'bgpAdvertisements' },
  BGPPeer: { resource: bgpPeers, watch: 'bgpPeers' },
  BFDProfile: { resource: bfdProfiles, watch: 'bfdProfiles' },
  Community: { resource: communities, watch: 'communities' },
  ConfigMap: { resource: configMaps, watch: 'extras' },
} as const

/** What an event can be about; undefined when there is no such object any more. */
export function findObject(watches: AdviceWatches, kind: string, key: string): KubeObject | undefined {
  if (!isConfigurationKind(kind)) return undefined
  const { resource, watch } = kinds[kind]
  const store: Store<KubeObject> = watches[watch].store
  const metadata = store.get(key)?.metadata
  return metadata && { apiVersion: apiVersionOf(resource), kind, metadata }
}

function isConfigurationKind(kind: string): kind is keyof typeof kinds {
  return Object.hasOwn(kinds, kind)
}
