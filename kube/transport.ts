/**
 * HTTP to one API server: keep-alive connections, credentials, time limits, and another try where one is safe.
 *
 * Watches and the little that is urgent have connections apart, as many as it takes: no watch keeps a short request
 * waiting, and no short request a lease.
 */
import { isIP } from 'node:net'
import { StringDecoder } from 'node:string_decoder'
import { setTimeout as delay } from 'node:timers/promises'
import { type ConnectionOptions, createSecureContext } from 'node:tls'
import type { Address } from './connection.ts'
import { ConnectionPool } from './connection-pool.ts'
import { ApiError, type ApiErrorCode, refusal } from './error.ts'
import { requestText } from './http-request.ts'
import type { ResponseHead } from './http-response.ts'
import { LineSplitter } from './lines.ts'
import type { ApiRequest } from './request.ts'
import { parseRetryAfter, retryMillis } from './retry.ts'
import { TimeLimit } from './time-limit.ts'

export interface Endpoint {
  /** With the path prefix that a proxy in front of the API server may want. */
  url: URL
  tls: Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'passphrase' | 'pfx' | 'rejectUnauthorized' | 'servername'>
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
  /** True: it waits for no other request to end. For what is asked rarely. */
  urgent?: boolean
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

interface Sending {
  readonly request: ApiRequest
  readonly pool: ConnectionPool
  readonly retry: boolean
  readonly limit: TimeLimit
}

const defaultTimeoutMillis = 30_000
/** Connections for short requests; more would only queue in the server. */
const shortConnections = 16
/** More than a TLS record holds. */
const readBytes = 32_768

export function createTransport(
  endpoint: Endpoint,
  { userAgent = 'kube', random = Math.random }: TransportOptions = {},
): Transport {
  const address = addressOf(endpoint)
  const prefix = endpoint.url.pathname.replace(/\/$/, '')
  const common = { host: endpoint.url.host, accept: 'application/json', 'user-agent': userAgent }
  const closing = new AbortController()
  const shortPool = new ConnectionPool(address, shortConnections)
  const openPool = new ConnectionPool(address, Number.POSITIVE_INFINITY)

  async function encode({ method, path, body, contentType }: ApiRequest): Promise<string> {
    const authorization = await endpoint.credentials.authorization()
    const headers = { ...common, authorization, 'content-type': contentType }
    return requestText({ method, path: prefix + path, headers, body })
  }

  /** @throws ApiError unless the server did what it was asked */
  function check(request: ApiRequest, { status, headers }: ResponseHead, body: Body): void {
    if (isSuccess(status)) return
    if (status === 401) endpoint.credentials.forget()
    throw refusal(request.what, status, body.text(), parseRetryAfter(headers.get('retry-after'), new Date()))
  }

  async function attempt({ request, pool, limit }: Sending): Promise<string> {
    const body = new Body()
    const onBody = (bytes: Buffer) => body.add(bytes)
    const exchange = { request: await encode(request), signal: limit.signal, beforeSend: () => limit.check() }
    const head = await pool.exchange({ ...exchange, onHead() {}, onBody })
    check(request, head, body)
    return body.text()
  }

  async function attempts(sending: Sending): Promise<string> {
    const { request, retry, limit } = sending
    for (let count = 1; ; count++) {
      try {
        return await attempt(sending)
      } catch (thrown) {
        const error = asApiError(request, thrown, limit)
        const wait = retry ? retryMillis(request, error, count, random) : undefined
        if (wait === undefined || !(await waited(wait, limit.signal))) throw error
      }
    }
  }

  return {
    async send(request, { timeoutMillis = defaultTimeoutMillis, retry = true, urgent = false, signal } = {}) {
      const limit = new TimeLimit(timeoutMillis, signal ? [closing.signal, signal] : [closing.signal])
      try {
        return await attempts({ request, pool: urgent ? openPool : shortPool, retry, limit })
      } finally {
        limit.release()
      }
    },

    async sendForLines(request, { signal, timeoutMillis = defaultTimeoutMillis, onLine }) {
      const limit = new TimeLimit(timeoutMillis, [closing.signal, signal])
      const splitter = new LineSplitter()
      const refused = new Body()
      let isRefused = false
      const onHead = ({ status }: ResponseHead) => {
        limit.lift()
        isRefused = !isSuccess(status)
      }
      const onBody = (bytes: Buffer) => (isRefused ? refused.add(bytes) : splitter.push(bytes, onLine))
      try {
        const exchange = { request: await encode(request), signal: limit.signal, onHead, onBody }
        check(request, await openPool.exchange(exchange), refused)
      } catch (error) {
        throw asApiError(request, error, limit)
      } finally {
        limit.release()
      }
    },

    close() {
      closing.abort()
      shortPool.close()
      openPool.close()
    },
  }
}

/** False when the time limit or the caller ended the wait. */
async function waited(millis: number, signal: AbortSignal): Promise<boolean> {
  return delay(millis, true, { signal }).catch(() => false)
}

/** The text of an answer; a character may lie across two pieces. */
class Body {
  readonly #decoder = new StringDecoder('utf8')
  #text = ''

  add(bytes: Buffer): void {
    this.#text += this.#decoder.write(bytes)
  }

  text(): string {
    return this.#text + this.#decoder.end()
  }
}

const isSuccess = (status: number): boolean => status >= 200 && status < 300

function addressOf({ url, tls }: Endpoint): Address {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const isSecure = url.protocol === 'https:'
  const port = Number(url.port) || (isSecure ? 443 : 80)
  const readBuffer = Buffer.allocUnsafeSlow(readBytes)
  if (!isSecure) return { host, port, tls: undefined, readBuffer }
  // RFC 6066 section 3: a name is sent, an address is not.
  const servername = isIP(host) === 0 ? { servername: host } : {}
  // One context for all connections: each would parse the CA and keep a store of its own.
  const secureContext = createSecureContext(tls)
  return { host, port, tls: { ...servername, ...tls, secureContext, ALPNProtocols: ['http/1.1'] }, readBuffer }
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
