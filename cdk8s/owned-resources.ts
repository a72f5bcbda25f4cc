import type { V1JSONSchemaProps } from '@kubernetes/client-node'
import type { CustomResourceDefinition } from './custom-resource-definitions.ts'

/** A row of `spec.customresourcedefinitions.owned` of a ClusterServiceVersion. */
interface OwnedResource {
  name: string
  version: string
  kind: string
  displayName: string
  description: string
  specDescriptors: Descriptor[]
  statusDescriptors: Descriptor[]
}

interface Descriptor {
  path: string
  displayName: string
  description: string
  'x-descriptors'?: string[]
}

/** One row per version of a definition, worded by its own schema, so that OLM's console says what `kubectl explain` says. */
export function ownedResources({ metadata, spec }: CustomResourceDefinition): OwnedResource[] {
  return spec.versions.map(({ name: version, schema }) => {
    const root = schema?.openAPIV3Schema
    return {
      name: metadata?.name ?? '',
      version,
      kind: spec.names.kind,
      displayName: titleOf(spec.names.kind),
      description: root?.description ?? spec.names.kind,
      specDescriptors: descriptorsOf(root?.properties?.['spec']),
      statusDescriptors: descriptorsOf(root?.properties?.['status']),
    }
  })
}

function descriptorsOf(schema: V1JSONSchemaProps | undefined): Descriptor[] {
  return Object.entries(schema?.properties ?? {}).map(([path, { description }]) => ({
    path,
    displayName: titleOf(path),
    description: description ?? titleOf(path),
    ...(path === 'conditions' ? { 'x-descriptors': ['urn:alm:descriptor:io.kubernetes.conditions'] } : {}),
  }))
}

/** "bgpBackend" becomes "Bgp Backend", "L2Advertisement" stays in one piece up to its next word: "L2 Advertisement". */
function titleOf(name: string): string {
  if (name === 'MetalLB') return name
  const words = name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .split(' ')
  return words.map((word) => acronyms[word.toLowerCase()] ?? word.charAt(0).toUpperCase() + word.slice(1)).join(' ')
}

const acronyms: Readonly<Record<string, string>> = {
  asn: 'ASN',
  bfd: 'BFD',
  bgp: 'BGP',
  ebgp: 'eBGP',
  frr: 'FRR',
  frrk8s: 'FRR-K8s',
  id: 'ID',
  ip: 'IP',
  mp: 'MP',
  ttl: 'TTL',
  vrf: 'VRF',
}
