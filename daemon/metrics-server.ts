import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer, type ServerOptions } from 'node:https'
import type { Registry } from 'prom-client'
import type { KubeClient } from '../kube/client.ts'
import type { Clock } from '../kube/clock.ts'
import type { MetricsSettings } from './common-flags.ts'
import { type Listening, listen, type Reply, type Request, type Routes, serveRoutes, textReply } from './http.ts'
import type { Logger } from './logger.ts'
import { type Access, createAccessCheck } from './metrics-access.ts'
import { type CertificatePair, createSelfSigned, readCertificate, watchCertificate } from './serving-certificate.ts'

export interface MetricsServerOptions extends MetricsSettings {
  registry: Registry
  client: Pick<KubeClient, 'create'>
  clock: Clock
  log: Logger
}

const what = 'metrics (--port)'
const flag = '--metrics-cert-dir'

/** Serves the registry on /metrics: over HTTPS to callers whom the API server authorizes, or over plain HTTP to everybody. */
export function startMetricsServer(options: MetricsServerOptions): Promise<Listening> {
  return options.secure ? startSecure(options) : startPlain(options)
}

function startPlain({ registry, log, ...listener }: MetricsServerOptions): Promise<Listening> {
  return listen(createHttpServer(serveRoutes({ '/metrics': () => expose(registry) }, log)), listener, what, log)
}

async function startSecure(options: MetricsServerOptions): Promise<Listening> {
  const { certificateDirectory: directory, log, clock } = options
  const pair = directory === '' ? await createSelfSigned() : await readCertificate(directory, flag)
  const server = createHttpsServer(tlsOptions(options, pair), serveRoutes(guardedRoutes(options), log))
  const listening = await listen(server, options, what, log)
  if (directory === '') return listening
  const onChange = (changed: CertificatePair) => {
    server.setSecureContext(tlsOptions(options, changed))
    log.info({ directory }, 'certificate replaced')
  }
  const watcher = watchCertificate({ directory, flag, log, clock, onChange })
  return {
    port: listening.port,
    close: () => {
      watcher.close()
      return listening.close()
    },
  }
}

function tlsOptions({ tls: { ignored: _, ...settings } }: MetricsServerOptions, pair: CertificatePair): ServerOptions {
  return { ...settings, ...pair }
}

function guardedRoutes({ registry, client, clock }: MetricsServerOptions): Routes {
  const access = createAccessCheck({ client, clock, path: '/metrics' })
  return {
    '/metrics': async (request) => {
      const token = bearerToken(request)
      const answer = token === undefined ? 'unauthenticated' : await access(token)
      return answer === 'allowed' ? expose(registry) : refusals[answer]
    },
  }
}

const refusals: Readonly<Record<Exclude<Access, 'allowed'> | 'busy', Reply>> = {
  unauthenticated: { ...textReply(401, 'unauthorized'), headers: { 'www-authenticate': 'Bearer' } },
  forbidden: textReply(403, 'forbidden'),
  busy: { ...textReply(503, 'too many callers are being checked'), headers: { 'retry-after': '1' } }, // seconds, RFC 9110 s10.2.3
}

// RFC 6750 s2.1, and RFC 9110 s11.1: the scheme's name is case-insensitive
function bearerToken({ authorization = '' }: Request): string | undefined {
  return /^Bearer +(?<token>\S+)$/i.exec(authorization)?.groups?.['token']
}

async function expose(registry: Registry): Promise<Reply> {
  return { status: 200, body: await registry.metrics(), headers: { 'content-type': registry.contentType } }
}
