/** What a validating webhook is asked about; the webhook and its registration have to agree on it. */
import {
  bfdProfiles,
  bgpAdvertisements,
  bgpPeers,
  communities,
  ipAddressPools,
  ipReservations,
  l2Advertisements,
} from './generated/resources.ts'

export const admittedResources = [
  ipAddressPools,
  l2Advertisements,
  bgpAdvertisements,
  bgpPeers,
  communities,
  bfdProfiles,
  ipReservations,
] as const

export type AdmittedResource = (typeof admittedResources)[number]

/** As in MetalLB: `/validate-metallb-io-v1beta1-ipaddresspool`. */
export function admissionPath({ group, version, kind }: AdmittedResource): string {
  return `/validate-${group.replaceAll('.', '-')}-${version}-${kind.toLowerCase()}`
}
