import type { V1ConfigMap, V1Namespace, V1Node, V1ObjectMeta, V1Pod, V1Service } from '@kubernetes/client-node'
import {
  addressProbes,
  bfdProfiles,
  bgpAdvertisements,
  bgpPeers,
  communities,
  configurationStates,
  ipAddressPools,
  ipReservations,
  l2Advertisements,
  speakerStatuses,
} from '../crds/generated/resources.ts'
import type {
  AddressProbe,
  BFDProfile,
  BGPAdvertisement,
  BGPPeer,
  Community,
  ConfigurationState,
  IPAddressPool,
  IPReservation,
  L2Advertisement,
  SpeakerStatus,
} from '../crds/generated/types.ts'
import type { KubeClient } from '../kube/client.ts'
import type { Clock } from '../kube/clock.ts'
import { configMaps, namespaces, nodes, pods, services } from '../kube/core.ts'
import type { Log } from '../kube/log.ts'
import { type Reflector, reflect } from '../kube/reflector.ts'
import { type KeptSlice, reflectEndpoints } from './announced/endpoints.ts'
import { shareConditions } from './announced/shared-conditions.ts'
import { keepPod } from './announced/speaker-facts.ts'
import { keepService } from './keep-service.ts'
import { keepReservation } from './reservations/keep-reservation.ts'

export const configurationStateName = 'controller'

export interface WatchOptions {
  readonly client: KubeClient
  /** Where the configuration is. */
  readonly namespace: string
  readonly log: Log
  readonly clock: Clock
}

/** All that the controller knows of the cluster. */
export interface Watches {
  readonly services: Reflector<V1Service>
  readonly pools: Reflector<IPAddressPool>
  readonly reservations: Reflector<IPReservation>
  readonly communities: Reflector<Community>
  readonly l2Advertisements: Reflector<L2Advertisement>
  readonly bgpAdvertisements: Reflector<BGPAdvertisement>
  readonly bgpPeers: Reflector<BGPPeer>
  readonly bfdProfiles: Reflector<BFDProfile>
  /** At most the ConfigMap `bgpextras`. */
  readonly extras: Reflector<V1ConfigMap>
  readonly namespaces: Reflector<V1Namespace>
  readonly nodes: Reflector<V1Node>
  /** Which Services have endpoints, and where. */
  readonly endpointSlices: Reflector<KeptSlice>
  /** Those of MetalLB's namespace: whether a speaker that has left a status is there. */
  readonly pods: Reflector<V1Pod>
  /** What the speakers see on their nodes. */
  readonly speakerStatuses: Reflector<SpeakerStatus>
  /** Questions to the speakers. */
  readonly probes: Reflector<AddressProbe>
  readonly ownState: Reflector<ConfigurationState>
}

export function openWatches({ client, namespace, log, clock }: WatchOptions): Watches {
  const common = { log, clock }
  const share = shareConditions()
  const only = (name: string) => ({ ...common, namespace, fieldSelector: `metadata.name=${name}` })
  return {
    services: reflect(client, services, { ...common, transform: (service) => share(keepService(service)) }),
    pools: reflect(client, ipAddressPools, { ...common, namespace }),
    reservations: reflect(client, ipReservations, { ...common, namespace, transform: keepReservation }),
    ...openConfigurationWatches({ client, namespace, log, clock }),
    extras: reflect(client, configMaps, only('bgpextras')),
    namespaces: reflect(client, namespaces, { ...common, transform: keepNamespace }),
    nodes: reflect(client, nodes, { ...common, transform: keepNode }),
    endpointSlices: reflectEndpoints(client, common),
    pods: reflect(client, pods, { ...common, namespace, transform: keepPod }),
    speakerStatuses: reflect(client, speakerStatuses, { ...common, namespace }),
    probes: reflect(client, addressProbes, { ...common, namespace }),
    ownState: reflect(client, configurationStates, only(configurationStateName)),
  }
}

/** Configuration that needs no transform: the same for the controller and for the webhook. */
export function openConfigurationWatches({ client, namespace, log, clock }: WatchOptions) {
  const options = { namespace, log, clock }
  return {
    communities: reflect(client, communities, options),
    l2Advertisements: reflect(client, l2Advertisements, options),
    bgpAdvertisements: reflect(client, bgpAdvertisements, options),
    bgpPeers: reflect(client, bgpPeers, options),
    bfdProfiles: reflect(client, bfdProfiles, options),
  }
}

function keepNamespace({ metadata }: V1Namespace): V1Namespace {
  return { metadata: keepLabels(metadata) }
}

function keepNode({ metadata, status: { addresses = [], conditions = [] } = {} }: V1Node): V1Node {
  const kept = conditions.filter(({ type }) => type === 'Ready' || type === 'NetworkUnavailable')
  const bare = kept.map(({ type, status }) => ({ type, status }))
  return { metadata: keepLabels(metadata), status: { addresses, conditions: bare } }
}

/** What selectors look at. */
export function keepLabels({ name, resourceVersion, uid, labels }: V1ObjectMeta = {}): V1ObjectMeta {
  return { name: name!, resourceVersion: resourceVersion!, uid: uid!, labels: labels ?? {} }
}
