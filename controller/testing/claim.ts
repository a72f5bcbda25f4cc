/** What a Service asks for, read from the object as controller.md has it. Shares no code with the product. */
import type { V1Service } from '@kubernetes/client-node'
import ipaddr from 'ipaddr.js'
import { isIPv6 } from './reference-pools.ts'

export interface Claim {
  readonly key: string
  readonly namespace: string
  readonly labels: Readonly<Record<string, string>>
  /** A load balancer, and of the class that the controller serves. */
  readonly isOurs: boolean
  readonly isLoadBalancer: boolean
  /** Those of the cluster IPs: 'v4', 'v6', 'dual'; '' without any. */
  readonly families: '' | 'v4' | 'v6' | 'dual'
  readonly policy: string
  /** Undefined: the request is wrong in itself. */
  readonly wanted: readonly string[] | undefined
  readonly wantedPool: string
  /** "" for none. */
  readonly sharing: string
  readonly ports: readonly string[]
  readonly has: readonly string[]
}

export function claimOf({ metadata, spec, status }: V1Service): Claim {
  const { namespace = '', name = '', labels = {}, annotations = {} } = metadata ?? {}
  const wish = (suffix: string) =>
    annotations[`metallb.io/${suffix}`] ?? annotations[`metallb.universe.tf/${suffix}`] ?? ''
  const isLoadBalancer = spec?.type === 'LoadBalancer'
  return {
    ...{ key: `${namespace}/${name}`, namespace, labels, isLoadBalancer },
    isOurs: isLoadBalancer && !spec?.loadBalancerClass,
    families: familiesOf(spec?.clusterIPs ?? []),
    policy: spec?.ipFamilyPolicy ?? 'SingleStack',
    wanted: wantedOf(wish('loadBalancerIPs'), spec?.loadBalancerIP ?? ''),
    wantedPool: wish('address-pool'),
    sharing: sharingOf(wish('allow-shared-ip'), spec),
    ports: (spec?.ports ?? []).map(({ protocol = 'TCP', port }) => `${protocol}/${port}`),
    has: ingressOf({ status: status ?? {} }),
  }
}

export function ingressOf({ status }: V1Service): string[] {
  return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? [])
}

export function familiesOf(addresses: readonly string[]): Claim['families'] {
  if (addresses.length === 0) return ''
  if (addresses.length > 1) return 'dual'
  return isIPv6(addresses[0]!) ? 'v6' : 'v4'
}

/** Section 6: one key, other ports. */
export function mayShare(a: Claim, b: Claim): boolean {
  return a.sharing !== '' && a.sharing === b.sharing && !a.ports.some((port) => b.ports.includes(port))
}

function sharingOf(annotation: string, spec: V1Service['spec']): string {
  if (annotation === '') return ''
  const selector = spec?.externalTrafficPolicy === 'Local' ? Object.entries(spec.selector ?? {}) : []
  return JSON.stringify([annotation, selector.toSorted()])
}

/** Section 5.2. */
function wantedOf(annotation: string, field: string): string[] | undefined {
  if (annotation !== '' && field !== '') return undefined
  const texts = (annotation || field).split(',').map((text) => text.trim())
  if (texts.length === 1 && texts[0] === '') return []
  if (!texts.every((text) => ipaddr.isValid(text))) return undefined
  const addresses = texts.map((text) => ipaddr.parse(text).toString())
  if (addresses.length > 2 || new Set(addresses.map(isIPv6)).size < addresses.length) return undefined
  return addresses
}
