import type { V1ConfigMap, V1EndpointSlice, V1Node, V1Pod, V1Secret, V1Service } from '@kubernetes/client-node'
import { probeLabel, probeLabelOf } from '../config/probe-label.ts'
import {
  addressProbes,
  bfdProfiles,
  bgpAdvertisements,
  bgpPeers,
  communities,
  configurationStates,
  ipAddressPools,
  l2Advertisements,
  serviceL2Statuses,
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
  L2Advertisement,
  ServiceL2Status,
  SpeakerStatus,
} from '../crds/generated/types.ts'
import type { KubeClient } from '../kube/client.ts'
import type { Clock } from '../kube/clock.ts'
import { configMaps, endpointSlices, nodes, pods, secrets, services } from '../kube/core.ts'
import type { Log } from '../kube/log.ts'
import { keyFrom } from '../kube/object.ts'
import { type Reflector, reflect } from '../kube/reflector.ts'
import {
  keepEndpointSlice,
  keepL2Status,
  keepNode,
  keepPod,
  keepSecret,
  keepService,
  serviceNameLabel,
} from './transforms.ts'

export interface WatchOptions {
  client: KubeClient
  node: string
  /** Where the configuration and the speakers' pods are. */
  namespace: string
  /** Label selector of the speakers' pods. */
  speakerPods: string
  log: Log
  clock: Clock
}

/** All that the speaker knows of the cluster. */
export interface Watches {
  services: Reflector<V1Service>
  /** With an index "service" by the Service's key. */
  endpointSlices: Reflector<V1EndpointSlice>
  nodes: Reflector<V1Node>
  pools: Reflector<IPAddressPool>
  l2Advertisements: Reflector<L2Advertisement>
  bgpAdvertisements: Reflector<BGPAdvertisement>
  bgpPeers: Reflector<BGPPeer>
  bfdProfiles: Reflector<BFDProfile>
  communities: Reflector<Community>
  /** With the passwords of BGP peers, and nothing else of any Secret. */
  secrets: Reflector<V1Secret>
  /** At most the ConfigMap `bgpextras`. */
  extras: Reflector<V1ConfigMap>
  speakerPods: Reflector<V1Pod>
  /** Of all nodes, with an index "service" by the Service's key. */
  l2Statuses: Reflector<ServiceL2Status>
  /** What this speaker says of the configuration. */
  ownState: Reflector<ConfigurationState>
  /** What this speaker says of its node. */
  ownStatus: Reflector<SpeakerStatus>
  /** Questions to this speaker. */
  probes: Reflector<AddressProbe>
}

export type Stores = { [K in keyof Watches]: Watches[K]['store'] }

export const configurationStateName = (node: string) => `speaker-${node}`

export function openWatches({ client, node, namespace, speakerPods, log, clock }: WatchOptions): Watches {
  const common = { log, clock }
  const configuration = { ...common, namespace }
  const ownState = { ...common, namespace, fieldSelector: `metadata.name=${configurationStateName(node)}` }
  return {
    services: reflect(client, services, { ...common, transform: keepService }),
    endpointSlices: reflect(client, endpointSlices, {
      ...common,
      labelSelector: `${serviceNameLabel},!service.kubernetes.io/headless`,
      transform: keepEndpointSlice,
      indexes: { service: (slice) => [serviceOfSlice(slice)] },
    }),
    nodes: reflect(client, nodes, { ...common, transform: keepNode }),
    pools: reflect(client, ipAddressPools, configuration),
    l2Advertisements: reflect(client, l2Advertisements, configuration),
    bgpAdvertisements: reflect(client, bgpAdvertisements, configuration),
    bgpPeers: reflect(client, bgpPeers, configuration),
    bfdProfiles: reflect(client, bfdProfiles, configuration),
    communities: reflect(client, communities, configuration),
    secrets: reflect(client, secrets, { ...configuration, transform: keepSecret }),
    extras: reflect(client, configMaps, { ...configuration, fieldSelector: 'metadata.name=bgpextras' }),
    speakerPods: reflect(client, pods, { ...common, namespace, labelSelector: speakerPods, transform: keepPod }),
    l2Statuses: reflect(client, serviceL2Statuses, {
      ...common,
      namespace,
      transform: (object) => keepL2Status(object, nodeOfL2Status(object) === node),
      indexes: { service: (object) => [serviceOfL2Status(object)] },
    }),
    ownState: reflect(client, configurationStates, ownState),
    probes: reflect(client, addressProbes, {
      ...{ ...common, namespace, labelSelector: `${probeLabel}=${probeLabelOf(node)}` },
    }),
    ownStatus: reflect(client, speakerStatuses, { ...common, namespace, fieldSelector: `metadata.name=${node}` }),
  }
}

export function serviceOfSlice({ metadata }: V1EndpointSlice): string {
  return keyFrom(metadata?.namespace ?? '', metadata?.labels?.[serviceNameLabel] ?? '')
}

export const l2StatusLabels = {
  node: 'metallb.io/node',
  serviceName: 'metallb.io/service-name',
  serviceNamespace: 'metallb.io/service-namespace',
} as const

export function serviceOfL2Status({ metadata: { labels = {} } = {} }: ServiceL2Status): string {
  return keyFrom(labels[l2StatusLabels.serviceNamespace] ?? '', labels[l2StatusLabels.serviceName] ?? '')
}

export function nodeOfL2Status({ metadata }: ServiceL2Status): string | undefined {
  return metadata?.labels?.[l2StatusLabels.node]
}
