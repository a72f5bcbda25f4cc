// Generated from crds/schemas by `make generate`; do not edit.

export const addressProbes = {
  group: 'metallb.io',
  version: 'v1alpha1',
  plural: 'addressprobes',
  kind: 'AddressProbe',
  namespaced: true,
} as const

export const bfdProfiles = {
  group: 'metallb.io',
  version: 'v1beta1',
  plural: 'bfdprofiles',
  kind: 'BFDProfile',
  namespaced: true,
} as const

export const bgpAdvertisements = {
  group: 'metallb.io',
  version: 'v1beta1',
  plural: 'bgpadvertisements',
  kind: 'BGPAdvertisement',
  namespaced: true,
} as const

export const bgpPeers = {
  group: 'metallb.io',
  version: 'v1beta2',
  plural: 'bgppeers',
  kind: 'BGPPeer',
  namespaced: true,
} as const

export const bgpPeersV1beta1 = {
  group: 'metallb.io',
  version: 'v1beta1',
  plural: 'bgppeers',
  kind: 'BGPPeer',
  namespaced: true,
} as const

export const communities = {
  group: 'metallb.io',
  version: 'v1beta1',
  plural: 'communities',
  kind: 'Community',
  namespaced: true,
} as const

export const configurationStates = {
  group: 'metallb.io',
  version: 'v1beta1',
  plural: 'configurationstates',
  kind: 'ConfigurationState',
  namespaced: true,
} as const

export const ipAddressPools = {
  group: 'metallb.io',
  version: 'v1beta1',
  plural: 'ipaddresspools',
  kind: 'IPAddressPool',
  namespaced: true,
} as const

export const ipReservations = {
  group: 'metallb.io',
  version: 'v1alpha1',
  plural: 'ipreservations',
  kind: 'IPReservation',
  namespaced: true,
} as const

export const l2Advertisements = {
  group: 'metallb.io',
  version: 'v1beta1',
  plural: 'l2advertisements',
  kind: 'L2Advertisement',
  namespaced: true,
} as const

export const metalLBs = {
  group: 'metallb.io',
  version: 'v1beta1',
  plural: 'metallbs',
  kind: 'MetalLB',
  namespaced: true,
} as const

export const serviceBGPStatuses = {
  group: 'metallb.io',
  version: 'v1beta1',
  plural: 'servicebgpstatuses',
  kind: 'ServiceBGPStatus',
  namespaced: true,
} as const

export const serviceL2Statuses = {
  group: 'metallb.io',
  version: 'v1beta1',
  plural: 'servicel2statuses',
  kind: 'ServiceL2Status',
  namespaced: true,
} as const

export const speakerStatuses = {
  group: 'metallb.io',
  version: 'v1alpha1',
  plural: 'speakerstatuses',
  kind: 'SpeakerStatus',
  namespaced: true,
} as const
