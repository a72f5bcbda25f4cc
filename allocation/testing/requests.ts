import type { V1Service } from '@kubernetes/client-node'
import { parseConfig } from '../../config/parse.ts'
import type { ReservationHolder, ReservationSpec } from '../../config/reservation.ts'
import type { Pool } from '../../config/snapshot.ts'
import type { IPAddressPool, IPAddressPoolSpec } from '../../crds/generated/types.ts'
import { formatAddress, parseAddress } from '../../net/address.ts'
import { type AddressRange, parseRange, rangeOf } from '../../net/range.ts'
import type { Allocator } from '../allocator.ts'
import { type Request, requestOf } from '../request.ts'
import type { Withheld } from '../withheld.ts'

export interface ServiceText {
  name?: string
  namespace?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
  spec?: object
  /** Addresses in the status. */
  has?: readonly string[]
}

export const dualStack = { clusterIPs: ['10.96.0.10', 'fd00:96::10'] }

/** A LoadBalancer Service with one IPv4 cluster IP and port 80, and what is said otherwise. */
export function request({ name = 'web', namespace = 'default', spec, has = [], ...metadata }: ServiceText): Request {
  const service: V1Service = {
    metadata: { name, namespace, ...metadata },
    spec: { type: 'LoadBalancer', clusterIPs: ['10.96.0.10'], ports: [{ port: 80 }], ...spec },
    status: { loadBalancer: { ingress: has.map((ip) => ({ ip })) } },
  }
  return requestOf(service)
}

/** Pools by name; a list stands for a spec with nothing but addresses. */
export function pools(specs: Record<string, string[] | IPAddressPoolSpec>): readonly Pool[] {
  const objects = Object.entries(specs).map(([name, spec]): IPAddressPool => {
    return { metadata: { name }, spec: Array.isArray(spec) ? { addresses: spec } : spec }
  })
  const result = parseConfig({ pools: objects })
  if (!result.ok) throw new Error(result.errors.map(({ message }) => message).join('\n'))
  return result.config.pools
}

/** `192.0.2.1`, `192.0.2.0/24` or `192.0.2.1-192.0.2.9`. */
function range(text: string): AddressRange {
  return /[-/]/.test(text) ? parseRange(text) : rangeOf(parseAddress(text))
}

/** For `shop/web`, for a namespace, or for labels such as `app=web`. */
export function reservation(name: string, addresses: readonly string[], whom: string): ReservationSpec {
  return { name, addresses: addresses.map(range), holder: holderOf(whom), expiresAtMillis: undefined }
}

function holderOf(whom: string): ReservationHolder {
  const [key, value = ''] = whom.split('=')
  if (whom.includes('=')) {
    return { kind: 'selector', selector: { requirements: [{ key: key!, operator: 'In', values: [value] }] } }
  }
  return whom.includes('/') ? { kind: 'service', key: whom } : { kind: 'namespace', namespace: whom }
}

export function withheld(address: string, reason: Withheld['reason'] = 'NodeAddress', by = 'node-1'): Withheld {
  return { address: parseAddress(address), reason, by }
}

/** What the allocator has for the Service: pool and addresses as one text; undefined for nothing. */
export function holdingOf(allocator: Allocator, service: string): string | undefined {
  const allocation = allocator.allocationOf(service)
  return allocation && `${allocation.pool} ${allocation.addresses.map(formatAddress).join(' ')}`
}
