/**
 * HTTP to one API server: keep-alive connections, credentials, time limits, and another try where one is safe.
 *
 * `node:https` and nothing above it: `fetch` costs 17 MB of resident memory (docs: own client runtime). Watches have
 * connections of their own, so that they never keep a short request waiting.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { type AgentOptions, Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { setTimeout as delay } from 'node:timers/promises'
import { createSecureContext } from 'node:tls'
import { ApiError, type ApiErrorCode, refusal } from './error.ts'
import { LineSplitter } from './lines.ts'
import type { ApiRequest } from './request.ts'
import { parseRetryAfter, retryMillis } from './retry.ts'
import { TimeLimit } from './time-limit.ts'

export interface Endpoint {
  /** With the path prefix that a proxy in front of the API server may want. */
  url: URL
  tls: Pick<AgentOptions, 'ca' | 'cert' | 'key' | 'passphrase' | 'pfx' | 'rejectUnauthorized' | 'servername'>
  credentials: Credentials
}

export interface Credentials {
  /** The Authorization header, asked for before every request. */
  authorization(): string | undefined | Promise<string | undefined>
  /** The server refused them (401): whatever is cached is out of date. */
  forget(): void
}

export interface SendOptions {
  /** For all attempts together. Default 30 s. */
  timeoutMillis?: number
  /** False: one attempt, because the caller has a back-off of its own. */
  retry?: boolean
  signal?: AbortSignal
}

export interface LineOptions {
  signal: AbortSignal
  /** Time until the server begins to answer. Default 30 s. */
  timeoutMillis?: number
  onLine(line: string): void
}

export interface Transport {
  /** The body of a successful answer. Throws ApiError otherwise. */
  send(request: ApiRequest, options?: SendOptions): Promise<string>
  /** Calls `onLine` for each line of the answer. Resolves at its orderly end; throws ApiError otherwise. */
  sendForLines(request: ApiRequest, options: LineOptions): Promise<void>
  close(): void
}

export interface TransportOptions {
  userAgent?: string
  random?: () => number
}

const defaultTimeoutMillis = 30_000
/** TCP keep-alive probes begin after this silence, so that a connection to a vanished server ends. */
const keepAliveMsecs = 30_000
/** Connections for short requests; more would only queue in the server. */
const maxSockets = 16

export function createTransport(
  endpoint: Endpoint,
  { userAgent = 'kube', random = Math.random }: TransportOptions = {},
): Transport {
  const secure = endpoint.url.protocol === 'https:'
  const prefix = endpoint.url.pathname.replace(/\/$/, '')
  const closing = new AbortController()
  // One for all connections: each would parse the CA and keep a store of its own.
  const tls = secure ? { ...endpoint.tls, secureContext: createSecureContext(endpoint.tls) } : {}
  const newAgent = (limits: { maxSockets?: number }) => {
    const options = { keepAlive: true, keepAliveMsecs, ...limits }
    return secure ? new HttpsAgent({ ...options, ...tls }) : new HttpAgent(options)
  }
  const shortAgent = newAgent({ maxSockets })
  const watchAgent = newAgent({})

  async function open(request: ApiRequest, agent: HttpAgent, signal: AbortSignal): Promise<IncomingMessage> {
    const authorization = await endpoint.credentials.authorization()
    const { method, body, contentType } = request
    const headers = {
      accept: 'application/json',
      'user-agent': userAgent,
      ...(authorization === undefined ? {} : { authorization }),
      ...(body === undefined ? {} : { 'content-type': contentType, 'content-length': Buffer.byteLength(body) }),
    }
    const { hostname, port } = endpoint.url
    const host = hostname.replace(/^\[|\]$/g, '')
    const options = { agent, host, port, method, path: prefix + request.path, headers, signal }
    return new Promise((resolve, reject) => {
      const outgoing = (secure ? httpsRequest : httpRequest)(options)
      outgoing.once('response', resolve).once('error', reject).end(body)
    })
  }

  async function check(request: ApiRequest, response: IncomingMessage): Promise<void> {
    const status = response.statusCode ?? 0
    if (status >= 200 && status < 300) return
    if (status === 401) endpoint.credentials.forget()
    const retryAfter = parseRetryAfter(response.headers['retry-after'], new Date())
    throw refusal(request.what, status, await readText(response), retryAfter)
  }

  async function attempt(request: ApiRequest, limit: TimeLimit): Promise<string> {
    try {
      const response = await open(request, shortAgent, limit.signal)
      await check(request, response)
      return await readText(response)
    } catch (error) {
      throw asApiError(request, error, limit)
    }
  }

  async function attempts(request: ApiRequest, limit: TimeLimit): Promise<string> {
    for (let count = 1; ; count++) {
      try {
        return await attempt(request, limit)
      } catch (error) {
        const wait = retryMillis(request, error as ApiError, count, random)
        if (wait === undefined || !(await waited(wait, limit.signal))) throw error
      }
    }
  }

  return {
    async send(request, { timeoutMillis = defaultTimeoutMillis, retry = true, signal } = {}) {
      const limit = new TimeLimit(timeoutMillis, signal ? [closing.signal, signal] : [closing.signal])
      try {
        return await (retry ? attempts : attempt)(request, limit)
      } finally {
        limit.release()
      }
    },

    async sendForLines(request, { signal, timeoutMillis = defaultTimeoutMillis, onLine }) {
      const limit = new TimeLimit(timeoutMillis, [closing.signal, signal])
      try {
        const response = await open(request, watchAgent, limit.signal)
        limit.lift()
        await check(request, response)
        await readLines(response, onLine)
      } catch (error) {
        throw asApiError(request, error, limit)
      } finally {
        limit.release()
      }
    },

    close() {
      closing.abort()
      shortAgent.destroy()
      watchAgent.destroy()
    },
  }
}

/** False when the time limit or the caller ended the wait. */
async function waited(millis: number, signal: AbortSignal): Promise<boolean> {
  return delay(millis, true, { signal }).catch(() => false)
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

function readLines(response: IncomingMessage, onLine: (line: string) => void): Promise<void> {
  const splitter = new LineSplitter()
  return new Promise((resolve, reject) => {
    response.once('end', resolve)
    response.once('error', reject)
    response.on('data', (chunk: Buffer) => {
      try {
        splitter.push(chunk, onLine)
      } catch (error) {
        response.destroy(error as Error)
      }
    })
  })
}

function asApiError(request: ApiRequest, error: unknown, limit: TimeLimit): ApiError {
  if (error instanceof ApiError) return error
  const [code, text] = classify(error, limit)
  return new ApiError(`${request.what}: ${text}`, { status: 0, reason: '', code, cause: error })
}

function classify(error: unknown, limit: TimeLimit): [ApiErrorCode, string] {
  if (error instanceof SyntaxError) return ['malformed', error.message]
  if (limit.passed) return ['timeout', 'no answer in time']
  return limit.signal.aborted ? ['aborted', 'aborted'] : ['connection', (error as Error).message]
}
