import type { V1Service } from '@kubernetes/client-node'
import { parseConfig } from '../../config/parse.ts'
import type { Pool } from '../../config/snapshot.ts'
import type { IPAddressPool, IPAddressPoolSpec } from '../../crds/generated/types.ts'
import { formatAddress } from '../../net/address.ts'
import type { Allocator } from '../allocator.ts'
import { type Request, requestOf } from '../request.ts'

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

/** What the allocator has for the Service: pool and addresses as one text; undefined for nothing. */
export function holdingOf(allocator: Allocator, service: string): string | undefined {
  const allocation = allocator.allocationOf(service)
  return allocation && `${allocation.pool} ${allocation.addresses.map(formatAddress).join(' ')}`
}
