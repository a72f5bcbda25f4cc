import type { V1Service } from '@kubernetes/client-node'
import type { Config, Pool } from '../config/snapshot.ts'
import { type Address, AddressError, parseAddress } from '../net/address.ts'
import { rangeContains } from '../net/range.ts'

/** Why a Service is not announced by anybody, by no protocol. */
export type ServiceReason = 'notLoadBalancer' | 'noIPAllocated' | 'invalidIP' | 'ipNotAllowed'

export type ServiceVerdict =
  | { readonly announceable: true; readonly addresses: readonly Address[]; readonly pool: Pool }
  | { readonly announceable: false; readonly reason: ServiceReason }

/** Finds the addresses to announce for a Service and the pool that they belong to. */
export function judgeService(service: V1Service, config: Config): ServiceVerdict {
  // 1. Only Services of type LoadBalancer have external addresses.
  if (service.spec?.type !== 'LoadBalancer') return refuse('notLoadBalancer')

  // 2. The controller has given it at least one, and each can be read.
  const ingress = service.status?.loadBalancer?.ingress ?? []
  if (ingress.length === 0) return refuse('noIPAllocated')
  const addresses = ingress.map(({ ip }) => readAddress(ip))
  if (!addresses.every((address) => address !== undefined)) return refuse('invalidIP')

  // 3. One pool holds them all (avoidBuggyIPs only limits what is handed out).
  const pool = poolOf(addresses, config)
  return pool ? { announceable: true, addresses, pool } : refuse('ipNotAllowed')
}

export function poolOf(addresses: readonly Address[], config: Config): Pool | undefined {
  return config.pools.find((pool) =>
    addresses.every((address) => pool.ranges.some((range) => rangeContains(range, address))),
  )
}

function refuse(reason: ServiceReason): ServiceVerdict {
  return { announceable: false, reason }
}

function readAddress(text: string | undefined): Address | undefined {
  try {
    return parseAddress(text ?? '')
  } catch (error) {
    if (error instanceof AddressError) return undefined
    throw error
  }
}
