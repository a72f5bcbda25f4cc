/** The API server as a pod sees it: its address from the environment, CA and token from the projected volume. */
import { readFileSync } from 'node:fs'
import { type Clock, systemClock } from './clock.ts'
import type { Credentials, Endpoint } from './transport.ts'

const directory = '/var/run/secrets/kubernetes.io/serviceaccount'
export const inClusterToken = `${directory}/token`

/** The kubelet writes a new token when 80 % of the old one's life is over; client-go reads it again every minute too. */
const tokenLifeMillis = 60_000

/** The kubelet leaves it out while somebody has deleted the Service, which the API server makes again. */
const addressMissing =
  'KUBERNETES_SERVICE_HOST is not set in this pod: there was no Service default/kubernetes when its container started'

export function inCluster(env: NodeJS.ProcessEnv): Endpoint {
  const host = env['KUBERNETES_SERVICE_HOST']
  if (!host) throw new Error(addressMissing)
  const port = env['KUBERNETES_SERVICE_PORT'] ?? '443'
  return {
    url: new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`),
    tls: { ca: readFileSync(`${directory}/ca.crt`) },
    credentials: tokenFile(inClusterToken),
  }
}

/** A bearer token from a file that somebody else keeps fresh. */
export function tokenFile(path: string, clock: Clock = systemClock): Credentials {
  let header: string | undefined
  let readAt = 0
  return {
    authorization() {
      if (header !== undefined && clock.now() - readAt < tokenLifeMillis) return header
      header = `Bearer ${readFileSync(path, 'utf8').trim()}`
      readAt = clock.now()
      return header
    },
    forget() {
      header = undefined
    },
  }
}

/** The own namespace of the pod that this process runs in. */
export function podNamespace(): string | undefined {
  try {
    return readFileSync(`${directory}/namespace`, 'utf8').trim()
  } catch {
    return undefined
  }
}
