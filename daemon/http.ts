import type { IncomingMessage, RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Listener } from './common-flags.ts'
import type { Logger } from './logger.ts'

export interface Reply {
  status: number
  body: string
  headers?: Readonly<Record<string, string>>
}

export interface Request {
  query: URLSearchParams
  authorization: string | undefined
  /** Aborted when the caller hangs up. */
  signal: AbortSignal
}

/** By path; only GET and HEAD reach them. */
export type Routes = Readonly<Record<string, (request: Request) => Reply | Promise<Reply>>>

export interface Listening {
  readonly port: number
  close(): Promise<void>
}

export const textReply = (status: number, text: string): Reply => ({ status, body: `${text}\n` })

/** A handler that throws answers 500 and is logged; the caller never sees the cause. */
export function serveRoutes(routes: Routes, log: Logger): RequestListener {
  return (incoming, response) => {
    const caller = new AbortController()
    response.on('close', () => caller.abort())
    const fail = (error: unknown): Reply => {
      log.error({ error, url: incoming.url }, 'request failed')
      return textReply(500, 'internal error')
    }
    void answer(routes, incoming, caller.signal)
      .catch(fail)
      .then(({ status, headers, body }) => {
        response.writeHead(status, { ...commonHeaders, ...headers }).end(incoming.method === 'HEAD' ? undefined : body)
      })
  }
}

const commonHeaders = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' }

async function answer(routes: Routes, incoming: IncomingMessage, signal: AbortSignal): Promise<Reply> {
  const { method = '', headers } = incoming
  if (method !== 'GET' && method !== 'HEAD') return { ...textReply(405, 'use GET'), headers: { allow: 'GET, HEAD' } }
  const url = URL.parse(incoming.url ?? '/', 'http://localhost')
  const route = url !== null && Object.hasOwn(routes, url.pathname) ? routes[url.pathname] : undefined
  if (url === null || route === undefined) return textReply(404, 'not found')
  return await route({ query: url.searchParams, authorization: headers.authorization, signal })
}

/** Rejects with an error that names `what` (a flag) and the address when it is not usable. */
export function listen(server: Server, listener: Listener, what: string, log: Logger): Promise<Listening> {
  const { host, port } = listener
  return new Promise((resolve, reject) => {
    const refuse = (cause: Error) => {
      const place = `${host ?? 'all addresses'}, port ${port}`
      reject(new Error(`${what} cannot be served on ${place}`, { cause }))
    }
    server.once('error', refuse)
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      server.off('error', refuse)
      server.on('error', (error) => log.warn({ error, what }, 'connection not accepted'))
      resolve({ port: (server.address() as AddressInfo).port, close: () => closeServer(server) })
    })
  })
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
