/** Whether one refused or failed request may be sent again, and when. Pure; the transport obeys. */
import { type Backoff, backoffMillis } from './backoff.ts'
import type { ApiError } from './error.ts'
import type { ApiRequest } from './request.ts'

const attempts = 5
const backoff: Backoff = { initialMillis: 250, maximumMillis: 5_000 }
/** The connection was never made, so the server cannot have done anything. */
const neverSent = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN'])

/** Milliseconds to wait before the next attempt; undefined to give up. `attempt` counts from 1. */
export function retryMillis(
  request: ApiRequest,
  error: ApiError,
  attempt: number,
  random: () => number,
): number | undefined {
  // Credentials are read again after a refusal: one more try, at once.
  if (error.status === 401) return attempt === 1 ? 0 : undefined
  if (attempt >= attempts || !mayRepeat(request, error)) return undefined
  const wanted = error.retryAfterMillis ?? 0
  return Math.max(wanted * (1 + random() / 4), backoffMillis(backoff, attempt, random))
}

function mayRepeat(request: ApiRequest, error: ApiError): boolean {
  if (error.status === 429) return true
  // The server wants it said again. It may have done it all the same: after a time-out of etcd it answers 500 and when
  // to come back, and does not know itself. Then an object to create may exist already, which its creator is told.
  if (error.status >= 500) return error.retryAfterMillis !== undefined
  if (error.code !== 'connection') return false
  // A second POST could make a second object; everything else we send says the same when said twice.
  return request.method !== 'POST' || neverSent.has((error.cause as NodeJS.ErrnoException | undefined)?.code ?? '')
}

/** RFC 9110 section 10.2.3: seconds or a date. */
export function parseRetryAfter(header: string | undefined, wallTime: Date): number | undefined {
  if (header === undefined) return undefined
  const millis = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - wallTime.getTime()
  return Number.isNaN(millis) ? undefined : Math.max(0, millis)
}
