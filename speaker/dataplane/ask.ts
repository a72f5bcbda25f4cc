import { get } from 'node:http'
import type { Clock } from '../../kube/clock.ts'

/** What became of one question. */
export type Reply =
  | { readonly type: 'answered'; readonly status: number }
  /** Nobody listens there. */
  | { readonly type: 'refused' }
  | { readonly type: 'failed'; readonly reason: string }

const limitMillis = 1000

/** Guarantees: never rejects, and has an answer within the time limit. The body is not read. */
export function ask(url: URL, clock: Clock): Promise<Reply> {
  const { promise, resolve } = Promise.withResolvers<Reply>()
  const request = get(url, { agent: false }, (response) => {
    response.destroy()
    resolve({ type: 'answered', status: response.statusCode ?? 0 })
  })
  const limit = clock.setTimeout(() => {
    request.destroy()
    resolve({ type: 'failed', reason: `no answer within ${limitMillis} ms` })
  }, limitMillis)
  request.on('error', (error: NodeJS.ErrnoException) => {
    const { code, message } = error
    resolve(code === 'ECONNREFUSED' ? { type: 'refused' } : { type: 'failed', reason: code ?? message })
  })
  return promise.finally(() => clock.clearTimeout(limit))
}
