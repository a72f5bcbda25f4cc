import type { V1Service } from '@kubernetes/client-node'
import { poolAnnotation } from '../allocation/annotations.ts'
import type { Assignment } from '../allocation/converge.ts'
import { formatAddress } from '../net/address.ts'

/**
 * The strategic merge patch of `services/status` that makes the Service say what was decided; undefined when it does.
 * The API server keeps annotations that come with a status, and with the resourceVersion it refuses a Service that
 * changed meanwhile. (A JSON merge patch would replace the conditions of others.)
 */
export function statusPatch({ metadata, status }: V1Service, { addresses, pool }: Assignment): object | undefined {
  const ips = addresses.map(formatAddress)
  const present = status?.loadBalancer?.ingress ?? []
  const isSame = present.length === ips.length && present.every(({ ip, hostname }, i) => ip === ips[i] && !hostname)
  if (isSame && metadata?.annotations?.[poolAnnotation] === pool) return undefined
  return {
    metadata: {
      resourceVersion: metadata?.resourceVersion,
      annotations: { [poolAnnotation]: pool ?? null },
    },
    status: { loadBalancer: { ingress: ips.length === 0 ? null : ips.map((ip) => ({ ip })) } },
  }
}
