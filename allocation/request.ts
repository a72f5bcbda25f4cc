import type { V1Service } from '@kubernetes/client-node'
import type { Labels } from '../config/selector.ts'
import type { Address, Family } from '../net/address.ts'
import { deprecatedAnnotations, wish } from './annotations.ts'
import { familiesOf, tryParseAddress } from './families.ts'
import { sharingKey } from './sharing-key.ts'

/** All that the choice of an address depends on, read from one Service. */
export interface Request {
  /** `namespace/name` */
  readonly key: string
  readonly namespace: string
  readonly labels: Labels
  readonly isLoadBalancer: boolean
  readonly clusterIPs: readonly string[]
  readonly policy: 'SingleStack' | 'PreferDualStack' | 'RequireDualStack'
  /** The family to fall back to where only one can be had. */
  readonly primary: Family
  /** The addresses in the status; undefined stands for one that cannot be read. */
  readonly current: readonly (Address | undefined)[]
  readonly wanted: Wanted
  /** "" for none. */
  readonly wantedPool: string
  /** Undefined: the addresses are for this Service alone. */
  readonly sharing: string | undefined
  /** Protocol and number, `TCP/80`. */
  readonly ports: readonly string[]
  readonly deprecatedAnnotations: readonly string[]
}

/** The addresses asked for by annotation or field; none is no wish. */
export type Wanted =
  | { readonly ok: true; readonly addresses: readonly Address[] }
  | { readonly ok: false; readonly problem: string }

export function requestOf({ metadata, spec, status }: V1Service): Request {
  const { namespace = '', name = '', labels = {}, annotations = {} } = metadata ?? {}
  return {
    key: `${namespace}/${name}`,
    namespace,
    labels,
    isLoadBalancer: spec?.type === 'LoadBalancer',
    clusterIPs: clusterIPsOf(spec),
    policy: (spec?.ipFamilyPolicy ?? 'SingleStack') as Request['policy'], // an enum of the API server
    primary: spec?.ipFamilies?.[0] === 'IPv6' ? 6 : 4,
    current: ingressOf(status).map(tryParseAddress),
    wanted: wantedAddresses(wish(annotations, 'addresses'), spec?.loadBalancerIP ?? ''),
    wantedPool: wish(annotations, 'pool'),
    sharing: sharingKey(wish(annotations, 'sharing'), spec),
    ports: (spec?.ports ?? []).map(({ protocol = 'TCP', port }) => `${protocol}/${port}`),
    deprecatedAnnotations: deprecatedAnnotations(annotations),
  }
}

function clusterIPsOf(spec: V1Service['spec']): readonly string[] {
  if (spec?.clusterIPs?.length) return spec.clusterIPs
  return spec?.clusterIP ? [spec.clusterIP] : []
}

function ingressOf(status: V1Service['status']): string[] {
  return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => (ip ? [ip] : []))
}

function wantedAddresses(annotation: string, field: string): Wanted {
  if (annotation !== '' && field !== '') {
    return refuse('addresses are requested both by annotation and by spec.loadBalancerIP: keep one of them')
  }
  const text = annotation || field
  if (text === '') return { ok: true, addresses: [] }
  const items = text.split(',').map((item) => item.trim())
  const addresses = items.map(tryParseAddress)
  const unreadable = items.filter((_, index) => addresses[index] === undefined)
  if (unreadable.length > 0) return refuse(`the requested ${JSON.stringify(unreadable[0])} is not an IP address`)
  if (familiesOf(addresses) === undefined) {
    return refuse(`${text} is requested: at most one IPv4 and one IPv6 address can be had`)
  }
  return { ok: true, addresses: addresses as Address[] } // none is undefined: checked above
}

function refuse(problem: string): Wanted {
  return { ok: false, problem }
}
