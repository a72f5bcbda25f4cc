/** Why a request to the API server failed. Every failure of this folder's client is an ApiError. */
import type { V1Status } from '@kubernetes/client-node'

/** Failures without an answer from the server have status 0. */
export type ApiErrorCode = 'refused' | 'timeout' | 'connection' | 'aborted' | 'malformed'

/** A server that asks for more has made a mistake, or means a time that no timer can count. */
const longestRetryAfterMillis = 300_000

interface ApiErrorFields {
  status: number
  reason: string
  code: ApiErrorCode
  retryAfterMillis?: number | undefined
  cause?: unknown
}

export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** HTTP status, or the `code` of an ERROR event in a watch; 0 when no answer came. */
  readonly status: number
  /** Kubernetes' own word: NotFound, Conflict, Expired, ... */
  readonly reason: string
  readonly code: ApiErrorCode
  /** How long the server asked us to stay away. */
  readonly retryAfterMillis?: number

  constructor(message: string, fields: ApiErrorFields) {
    super(message, fields.cause === undefined ? undefined : { cause: fields.cause })
    this.status = fields.status
    this.reason = fields.reason
    this.code = fields.code
    const { retryAfterMillis } = fields
    if (retryAfterMillis !== undefined) this.retryAfterMillis = Math.min(retryAfterMillis, longestRetryAfterMillis)
  }
}

/** `what` names the failed step; `body` is what the server said, a Status object if all is well with it. */
export function refusal(what: string, httpStatus: number, body: string, retryAfterMillis?: number): ApiError {
  return refusalFromStatus(what, parseStatus(body), httpStatus, retryAfterMillis)
}

function refusalFromStatus(what: string, status: V1Status, httpStatus = 0, retryAfterMillis?: number): ApiError {
  const code = status.code ?? httpStatus
  return new ApiError(`${what}: ${status.message ?? `the server answered ${code}`}`, {
    status: code,
    reason: status.reason ?? '',
    code: 'refused',
    retryAfterMillis: retryAfterMillis ?? retryAfterMillisOf(status),
  })
}

export function retryAfterMillisOf({ details }: V1Status): number | undefined {
  const seconds = details?.retryAfterSeconds
  return seconds === undefined ? undefined : Math.min(seconds * 1000, longestRetryAfterMillis)
}

function parseStatus(body: string): V1Status {
  try {
    const status = JSON.parse(body) as V1Status | null
    return status?.kind === 'Status' ? status : {}
  } catch {
    return body === '' ? {} : { message: body.slice(0, 200).trim() }
  }
}

export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404
}

/** Somebody else wrote first; read again and retry. */
export function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.status === 409 && error.reason !== 'AlreadyExists'
}

export function isAlreadyExists(error: unknown): boolean {
  return error instanceof ApiError && error.status === 409 && error.reason === 'AlreadyExists'
}

/** The resourceVersion or page token is older than what the server remembers. */
export function isGone(error: unknown): boolean {
  return error instanceof ApiError && error.status === 410
}

/** As client-go: what the server has refused it will refuse again, unless it was busy or broken. */
export function isRefusal(error: unknown): error is ApiError {
  return error instanceof ApiError && error.code === 'refused' && error.status < 500 && error.status !== 429
}
