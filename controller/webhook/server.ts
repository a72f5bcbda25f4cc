/** The HTTPS server that API servers ask. It knows paths and limits, not what is answered. */
import type { IncomingMessage, RequestListener } from 'node:http'
import { createServer } from 'node:https'
import { type Listening, listen, type Reply, textReply } from '../../daemon/http.ts'
import type { Logger } from '../../daemon/logger.ts'
import type { CertificatePair } from '../../daemon/serving-certificate.ts'
import type { TlsSettings } from '../../daemon/tls.ts'
import type { Clock } from '../../kube/clock.ts'

/** Takes the body of a POST. */
export type Answer = (body: string) => Reply

export interface WebhookServerOptions {
  readonly port: number
  readonly host?: string
  readonly tls: TlsSettings
  readonly certificate: CertificatePair
  /** By path. */
  readonly answers: ReadonlyMap<string, Answer>
  readonly log: Logger
  readonly clock: Clock
}

export interface WebhookServer {
  readonly port: number
  /** For new connections; those that there are stay. */
  replaceCertificate(certificate: CertificatePair): void
  close(): Promise<void>
}

export const webhookLimits = {
  /** Two objects (the new and the old one), each no larger than etcd takes one (1.5 MiB), and room for escapes. */
  bodyBytes: 8 * 1024 * 1024,
  requestMillis: 10_000,
  /** Longer than the 90 s after which Go's client gives an idle connection up: it should be the one to end it. */
  idleMillis: 120_000,
  connections: 256,
  /** From the request to stop until it is obeyed: API servers go on calling until they know. */
  lingerMillis: 750,
} as const

export async function startWebhookServer(options: WebhookServerOptions): Promise<WebhookServer> {
  const { log, clock, host, port } = options
  let stopping = false
  const contextOf = ({ cert, key }: CertificatePair) => {
    const { ignored: _, ...settings } = options.tls
    return { ...settings, cert, key }
  }
  const server = createServer(
    { ...contextOf(options.certificate), ...timeLimits },
    serveAnswers(options.answers, () => stopping, log),
  )
  server.maxConnections = webhookLimits.connections
  const listener = { port, ...(host === undefined ? {} : { host }) }
  const listening: Listening = await listen(server, listener, 'the webhook', log)
  return {
    port: listening.port,
    replaceCertificate: (certificate) => server.setSecureContext(contextOf(certificate)),
    async close() {
      stopping = true // idle connections stay: a request may be on its way on one, and Go would not send it again
      await new Promise<void>((resolve) => clock.setTimeout(resolve, webhookLimits.lingerMillis))
      await listening.close()
    },
  }
}

const timeLimits = {
  headersTimeout: webhookLimits.requestMillis,
  requestTimeout: webhookLimits.requestMillis,
  handshakeTimeout: webhookLimits.requestMillis,
  connectionsCheckingInterval: webhookLimits.requestMillis / 2,
  keepAliveTimeout: webhookLimits.idleMillis,
}

function serveAnswers(answers: WebhookServerOptions['answers'], isStopping: () => boolean, log: Logger) {
  const listener: RequestListener = (incoming, response) => {
    const fail = (error: unknown): Reply | undefined => {
      if (incoming.destroyed && !incoming.complete) return undefined // the caller hung up
      log.error({ error, url: incoming.url }, 'webhook request failed')
      return textReply(500, 'internal error')
    }
    void reply(answers, incoming)
      .catch(fail)
      .then((answer) => {
        if (answer === undefined) return
        const isLast = isStopping() || answer.status === tooLarge.status
        response.writeHead(answer.status, { ...answer.headers, ...(isLast ? { connection: 'close' } : {}) })
        response.end(answer.body)
      })
  }
  return listener
}

const tooLarge = textReply(413, 'the body is too large')

async function reply(answers: WebhookServerOptions['answers'], incoming: IncomingMessage): Promise<Reply> {
  const path = (incoming.url ?? '').split('?', 1)[0]!
  const answer = answers.get(path)
  if (answer === undefined) return textReply(404, 'not found')
  if (incoming.method !== 'POST') return { ...textReply(405, 'use POST'), headers: { allow: 'POST' } }
  const body = await readBody(incoming)
  return body === undefined ? tooLarge : answer(body)
}

/** Undefined when it is longer than it may be; the rest is not read. */
async function readBody(incoming: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > webhookLimits.bodyBytes) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
