import {
  bfdProfiles,
  bgpAdvertisements,
  bgpPeers,
  communities,
  ipAddressPools,
  l2Advertisements,
} from '../crds/generated/resources.ts'
import { configMaps } from '../kube/core.ts'
import type { KubeObject } from '../kube/object.ts'
import { type StoresOf, storesOf } from '../kube/reflector-set.ts'
import { apiVersionOf } from '../kube/resource.ts'
import type { Store } from '../kube/store.ts'
import type { Watches } from './watches.ts'

/** The configuration of every component. Secrets are not in it: the controller does not read passwords. */
export type AdvisedStores = Pick<
  StoresOf<Watches>,
  'namespaces' | 'nodes' | (typeof kinds)[keyof typeof kinds]['stored']
>

const kinds = {
  IPAddressPool: { resource: ipAddressPools, stored: 'pools' },
  L2Advertisement: { resource: l2Advertisements, stored: 'l2Advertisements' },
  BGPAdvertisement: { resource: bgpAdvertisements, stored: 'bgpAdvertisements' },
  BGPPeer: { resource: bgpPeers, stored: 'bgpPeers' },
  BFDProfile: { resource: bfdProfiles, stored: 'bfdProfiles' },
  Community: { resource: communities, stored: 'communities' },
  ConfigMap: { resource: configMaps, stored: 'extras' },
} as const

export function advisedStores(watches: Watches): AdvisedStores {
  const { namespaces, nodes } = watches
  const advised = Object.values(kinds).map(({ stored }) => [stored, watches[stored].store])
  return { ...Object.fromEntries(advised), ...storesOf({ namespaces, nodes }) } // every kind's, by construction
}

/** What an event can be about; undefined when there is no such object any more. */
export function findObject(stores: AdvisedStores, kind: string, key: string): KubeObject | undefined {
  if (!isConfigurationKind(kind)) return undefined
  const { resource, stored } = kinds[kind]
  const store: Store<KubeObject> = stores[stored]
  const metadata = store.get(key)?.metadata
  return metadata && { apiVersion: apiVersionOf(resource), kind, metadata }
}

function isConfigurationKind(kind: string): kind is keyof typeof kinds {
  return Object.hasOwn(kinds, kind)
}
