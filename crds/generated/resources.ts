// Generated from crds/schemas by `make generate`; do not edit.

import type {
  AddressProbe,
  BFDProfile,
  BGPAdvertisement,
  BGPPeer,
  BGPPeerV1beta1,
  Community,
  ConfigurationState,
  IPAddressPool,
  IPReservation,
  L2Advertisement,
  MetalLB,
  ServiceBGPStatus,
  ServiceL2Status,
  SpeakerStatus,
} from './types.ts'

/** As kube/ describes resources. */
interface Resource<T> {
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly kind: string
  readonly namespaced: true
  /** Never set; it carries T. */
  readonly type?: T
}

export const addressProbes: Resource<AddressProbe> = {
  group: 'metallb.io',
  version: 'v1alpha1',
  plural: 'addressprobes',
  kind: 'AddressProbe',
  namespaced: true,
}

export const bfdProfiles: Resource<BFDProfile> = {
  group: 'metallb.io',
  version: 'v1beta1',
  plural: 'bfdprofiles',
  kind: 'BFDProfile',
  namespaced: true,
}

export const bgpAdvertisements: Resource<BGPAdvertisement> = {
  group: 'metallb.io',
  version: 'v1beta1',
  plural: 'bgpadvertisements',
  kind: 'BGPAdvertisement',
  namespaced: true,
}

export const bgpPeers: Resource<BGPPeer> = {
  group: 'metallb.io',
  version: 'v1beta2',
  plural: 'bgppeers',
  kind: 'BGPPeer',
  namespaced: true,
}

export const bgpPeersV1beta1: Resource<BGPPeerV1beta1> = {
  group: 'metallb.io',
  version: 'v1beta1',
  plural: 'bgppeers',
  kind: 'BGPPeer',
  namespaced: true,
}

export const communities: Resource<Community> = {
  group: 'metallb.io',
  version: 'v1beta1',
  plural: 'communities',
  kind: 'Community',
  namespaced: true,
}

export const configurationStates: Resource<ConfigurationState> = {
  group: 'metallb.io',
  version: 'v1beta1',
  plural: 'configurationstates',
  kind: 'ConfigurationState',
  namespaced: true,
}

export const ipAddressPools: Resource<IPAddressPool> = {
  group: 'metallb.io',
  version: 'v1beta1',
  plural: 'ipaddresspools',
  kind: 'IPAddressPool',
  namespaced: true,
}

export const ipReservations: Resource<IPReservation> = {
  group: 'metallb.io',
  version: 'v1alpha1',
  plural: 'ipreservations',
  kind: 'IPReservation',
  namespaced: true,
}

export const l2Advertisements: Resource<L2Advertisement> = {
  group: 'metallb.io',
  version: 'v1beta1',
  plural: 'l2advertisements',
  kind: 'L2Advertisement',
  namespaced: true,
}

export const metalLBs: Resource<MetalLB> = {
  group: 'metallb.io',
  version: 'v1beta1',
  plural: 'metallbs',
  kind: 'MetalLB',
  namespaced: true,
}

export const serviceBGPStatuses: Resource<ServiceBGPStatus> = {
  group: 'metallb.io',
  version: 'v1beta1',
  plural: 'servicebgpstatuses',
  kind: 'ServiceBGPStatus',
  namespaced: true,
}

export const serviceL2Statuses: Resource<ServiceL2Status> = {
  group: 'metallb.io',
  version: 'v1beta1',
  plural: 'servicel2statuses',
  kind: 'ServiceL2Status',
  namespaced: true,
}

export const speakerStatuses: Resource<SpeakerStatus> = {
  group: 'metallb.io',
  version: 'v1alpha1',
  plural: 'speakerstatuses',
  kind: 'SpeakerStatus',
  namespaced: true,
}
