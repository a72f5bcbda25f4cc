import type { V1Node, V1Secret, V1ValidatingWebhookConfiguration } from '@kubernetes/client-node'
import type { ConfigObjects } from '../../config/parse.ts'
import {
  bfdProfiles,
  bgpAdvertisements,
  bgpPeers,
  communities,
  ipAddressPools,
  l2Advertisements,
} from '../../crds/generated/resources.ts'
import { nodes, secrets, validatingWebhookConfigurations } from '../../kube/core.ts'
import { refOf } from '../../kube/object.ts'
import { type Reflector, reflect } from '../../kube/reflector.ts'
import type { WatchOptions } from '../watches.ts'
import { configurationName } from './certificate-keeper.ts'

/** What is compared with an object that is to be written. These watches exist only where the webhook is on. */
export function openConfigurationWatches({ client, namespace, log, clock }: WatchOptions) {
  const options = { namespace, log, clock }
  return {
    pools: reflect(client, ipAddressPools, options),
    l2Advertisements: reflect(client, l2Advertisements, options),
    bgpAdvertisements: reflect(client, bgpAdvertisements, options),
    bgpPeers: reflect(client, bgpPeers, options),
    bfdProfiles: reflect(client, bfdProfiles, options),
    communities: reflect(client, communities, options),
    nodes: reflect(client, nodes, { log, clock, transform: keepLabels }),
  } satisfies { [K in keyof ConfigObjects]: Reflector<unknown> }
}

export function readObjects(watches: ReturnType<typeof openConfigurationWatches>): ConfigObjects {
  const { pools, l2Advertisements, bgpAdvertisements, bgpPeers, bfdProfiles, communities, nodes } = watches
  return {
    pools: [...pools.store.values()],
    l2Advertisements: [...l2Advertisements.store.values()],
    bgpAdvertisements: [...bgpAdvertisements.store.values()],
    bgpPeers: [...bgpPeers.store.values()],
    bfdProfiles: [...bfdProfiles.store.values()],
    communities: [...communities.store.values()],
    nodes: [...nodes.store.values()],
  }
}

/** One object each: rights by name are enough for them. `secret` is namespace/name. */
export function openCertificateWatches(
  { client, log, clock }: WatchOptions,
  secret: string,
): { secret: Reflector<V1Secret>; configuration: Reflector<V1ValidatingWebhookConfiguration> } {
  const { namespace = '', name } = refOf(secret)
  const only = (objectName: string) => ({ log, clock, fieldSelector: `metadata.name=${objectName}` })
  return {
    secret: reflect(client, secrets, { ...only(name), namespace }),
    configuration: reflect(client, validatingWebhookConfigurations, only(configurationName)),
  }
}

function keepLabels({ metadata }: V1Node): V1Node {
  const { name, resourceVersion, uid, labels } = metadata ?? {}
  return { metadata: { name: name!, resourceVersion: resourceVersion!, uid: uid!, labels: labels ?? {} } }
}
