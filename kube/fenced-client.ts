/**
 * A client whose writes are sent only while nobody else can lead before they have ended: directly before the send, the
 * rest of the lease must exceed the time limit of the request, all its attempts and its wait for a connection included.
 *
 * What it cannot see is that the process was paused between the last check of the limit (directly before the bytes are
 * handed to the kernel) and the send, or that the network held them back, for longer than the lease.
 */
import { createClient, type KubeClient } from './client.ts'
import type { Election } from './lease.ts'

export interface Fence extends Pick<Election, 'remainingMillis'> {
  /** The longest that a write may take; a caller's own limit counts when it is shorter. */
  readonly writeLimitMillis: number
}

/** A write was not sent: it could have arrived when somebody else leads. */
export class NotLeadingError extends Error {
  override readonly name = 'NotLeadingError'
  readonly code = 'not-leading'
}

export function fencedClient({ transport }: KubeClient, fence: Fence): KubeClient {
  return createClient({
    ...transport,
    async send(request, options = {}) {
      if (request.method === 'GET') return transport.send(request, options)
      const timeoutMillis = Math.min(options.timeoutMillis ?? fence.writeLimitMillis, fence.writeLimitMillis)
      const remainingMillis = fence.remainingMillis()
      if (remainingMillis <= timeoutMillis)
        throw new NotLeadingError(refusal(request.what, remainingMillis, timeoutMillis))
      return transport.send(request, { ...options, timeoutMillis })
    },
  })
}

function refusal(what: string, remainingMillis: number, timeoutMillis: number): string {
  const rest = `${Math.round(remainingMillis)} ms of the lease remain`
  return `${what}: not sent, because it may take ${Math.round(timeoutMillis)} ms and ${rest}`
}
