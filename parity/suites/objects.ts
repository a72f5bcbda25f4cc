import type { ConfigObjects } from '../../config/parse.ts'
import type { KubeObject } from '../../kube/object.ts'

/** Where the configuration takes each kind from. */
const fields: Readonly<Record<string, Exclude<keyof ConfigObjects, 'extras'>>> = {
  IPAddressPool: 'pools',
  L2Advertisement: 'l2Advertisements',
  BGPAdvertisement: 'bgpAdvertisements',
  BGPPeer: 'bgpPeers',
  BFDProfile: 'bfdProfiles',
  Community: 'communities',
  Node: 'nodes',
  Namespace: 'namespaces',
  Secret: 'secrets',
}

/** The objects of a scenario as the configuration wants them; kinds that are not configuration are left out. */
export function configObjectsOf(objects: readonly KubeObject[] = []): ConfigObjects {
  const byKind = Map.groupBy(objects, ({ kind = '' }) => kind)
  const lists = Object.entries(fields).map(([kind, field]) => [field, byKind.get(kind) ?? []])
  const extras = byKind.get('ConfigMap')?.find(({ metadata }) => metadata?.name === 'bgpextras')
  return { ...Object.fromEntries(lists), ...(extras === undefined ? {} : { extras }) }
}

export function ofKind<T>(objects: readonly KubeObject[] = [], kind: string): T[] {
  return objects.filter((object) => object.kind === kind) as T[]
}
