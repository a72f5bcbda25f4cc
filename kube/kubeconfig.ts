/**
 * The API server of a kubeconfig, with every authentication plug-in that client-node knows.
 *
 * client-node costs 85 MB and a quarter of a second, so it is loaded only when somebody asks for a kubeconfig.
 */
import type { RequestOptions } from 'node:https'
import type { Credentials, Endpoint } from './transport.ts'

/** Reads $KUBECONFIG, else ~/.kube/config; or the file named. */
export async function fromKubeconfig(path?: string): Promise<Endpoint> {
  const { KubeConfig } = await import('@kubernetes/client-node')
  const config = new KubeConfig()
  if (path === undefined) config.loadFromDefault()
  else config.loadFromFile(path)
  const cluster = config.getCurrentCluster()
  if (!cluster) throw new Error('the kubeconfig names no current cluster')
  const apply = async () => {
    const options: RequestOptions = {}
    await config.applyToHTTPSOptions(options)
    return options
  }
  const { ca, cert, key, passphrase, pfx, rejectUnauthorized, servername } = await apply()
  const tls = definedOnly({ ca, cert, key, passphrase, pfx, rejectUnauthorized, servername })
  return { url: new URL(cluster.server), tls, credentials: headerFrom(apply) }
}

/** client-node caches tokens itself, and runs exec plug-ins again when one is about to expire. */
function headerFrom(apply: () => Promise<RequestOptions>): Credentials {
  return {
    async authorization() {
      const { headers, auth } = await apply()
      const header = (headers as Record<string, string> | undefined)?.['Authorization']
      return header ?? (auth ? `Basic ${Buffer.from(auth).toString('base64')}` : undefined)
    },
    forget() {},
  }
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

function definedOnly<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>
}
