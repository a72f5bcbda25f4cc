import { expect } from 'chai'
import { ApiError, type ApiErrorCode, refusal } from './error.ts'
import type { ApiRequest } from './request.ts'
import { parseRetryAfter, retryMillis } from './retry.ts'

const half = () => 0.5
const request = (method: ApiRequest['method']): ApiRequest => ({ what: 'test', method, path: '/' })

function failure(
  status: number,
  code: ApiErrorCode = 'refused',
  more: { retryAfterMillis?: number; cause?: unknown } = {},
) {
  return new ApiError('told to', { status, reason: '', code, ...more })
}

const status = (details: object) => JSON.stringify({ kind: 'Status', details })
const refusedConnection = failure(0, 'connection', { cause: { code: 'ECONNREFUSED' } })
const brokenConnection = failure(0, 'connection', { cause: { code: 'ECONNRESET' } })

describe('retry', () => {
  const rows = [
    ['a POST that was told to slow down', 'POST', failure(429), true],
    [
      'a POST that the server put off with Retry-After',
      'POST',
      failure(503, 'refused', { retryAfterMillis: 100 }),
      true,
    ],
    ['a server error without Retry-After', 'GET', failure(500), false],
    ['a GET on a broken connection', 'GET', brokenConnection, true],
    ['a PATCH on a broken connection', 'PATCH', brokenConnection, true],
    ['a POST on a broken connection, which may have arrived', 'POST', brokenConnection, false],
    ['a POST that found no server', 'POST', refusedConnection, true],
    ['a conflict', 'PUT', failure(409), false],
    ['a time-out', 'GET', failure(0, 'timeout'), false],
    ['refused credentials', 'GET', failure(401), true],
  ] as const
  for (const [what, method, error, again] of rows) {
    it(`${again ? 'repeats' : 'does not repeat'} ${what}`, () => {
      expect(retryMillis(request(method), error, 1, half) !== undefined).to.equal(again)
    })
  }

  it('gives up after five attempts, and with other credentials after two', () => {
    expect(retryMillis(request('GET'), failure(429), 4, half)).to.be.a('number')
    expect(retryMillis(request('GET'), failure(429), 5, half)).to.equal(undefined)
    expect(retryMillis(request('GET'), failure(401), 2, half)).to.equal(undefined)
  })

  it('comes back after five minutes and some jitter, however long it was told to stay away', () => {
    const told = refusal('test', 429, '', parseRetryAfter('99999999999', new Date()))
    expect(retryMillis(request('GET'), told, 1, () => 1)).to.equal(300_000 * 1.25)
    expect(refusal('test', 429, status({ retryAfterSeconds: 1e9 })).retryAfterMillis).to.equal(300_000)
  })

  it('does not come back earlier than asked', () => {
    expect(retryMillis(request('GET'), failure(429, 'refused', { retryAfterMillis: 2_000 }), 1, () => 0)).to.equal(
      2_000,
    )
  })

  it('reads Retry-After as seconds or as a date, and ignores anything else', () => {
    const now = new Date('2026-01-01T00:00:00Z')
    expect(parseRetryAfter('3', now)).to.equal(3_000)
    expect(parseRetryAfter('Thu, 01 Jan 2026 00:00:10 GMT', now)).to.equal(10_000)
    expect(parseRetryAfter('Thu, 01 Jan 2025 00:00:10 GMT', now)).to.equal(0)
    expect(parseRetryAfter('soon', now)).to.equal(undefined)
    expect(parseRetryAfter(undefined, now)).to.equal(undefined)
  })
})
