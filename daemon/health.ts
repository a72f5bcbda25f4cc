import { createServer } from 'node:http'
import type { Listener } from './common-flags.ts'
import { type Listening, listen, serveRoutes, textReply } from './http.ts'
import type { Logger } from './logger.ts'

export interface HealthOptions extends Listener {
  /** The reason why the process cannot do its work and must be restarted; undefined: it can. */
  live?: () => string | undefined
  /** The reason why the process is not ready; undefined: it is. */
  ready: () => string | undefined
  log: Logger
}

/** /healthz and /readyz for the kubelet: 200 "ok", or 503 and the reason. */
export function startHealthServer(options: HealthOptions): Promise<Listening> {
  const { live = () => undefined, ready, log } = options
  const routes = { '/healthz': () => reply(live()), '/readyz': () => reply(ready()) }
  return listen(createServer(serveRoutes(routes, log)), options, 'health probes (--health-probe-port)', log)
}

const reply = (reason: string | undefined) => (reason === undefined ? textReply(200, 'ok') : textReply(503, reason))
