import { expect } from 'chai'
import fc from 'fast-check'
import { type ResponseHead, ResponseReader } from './http-response.ts'

interface Reading {
  head: ResponseHead | undefined
  body: string
  hasEnded: boolean
  isReusable: boolean
}

function read(chunks: readonly Buffer[]): Reading & { close(): boolean } {
  let head: ResponseHead | undefined
  const body: Buffer[] = []
  const reader = new ResponseReader({
    onHead: (received) => {
      head = received
    },
    onBody: (bytes) => body.push(bytes),
  })
  for (const chunk of chunks) reader.push(chunk)
  return {
    head,
    body: Buffer.concat(body).toString(),
    hasEnded: reader.hasEnded,
    isReusable: reader.isReusable,
    close: () => reader.close(),
  }
}

const text = (...lines: string[]) => Buffer.from(lines.join('\r\n'))
const ok = 'HTTP/1.1 200 OK'

const complete: [title: string, bytes: Buffer, body: string, isReusable: boolean][] = [
  ['with a length', text(ok, 'Content-Length: 5', '', 'hello'), 'hello', true],
  ['with a length of 0', text(ok, 'content-length: 0', '', ''), '', true],
  ['without a reason', text('HTTP/1.1 200', 'content-length: 2', '', 'ok'), 'ok', true],
  [
    'in chunks',
    text(ok, 'Transfer-Encoding: chunked', '', '5', 'hello', 'A;x="y"', ' wide worl', '1 ', 'd', '0', '', ''),
    'hello wide world',
    true,
  ],
  ['in chunks with trailers', text(ok, 'transfer-encoding: Chunked', '', '1', 'x', '0', 'a: b', '', ''), 'x', true],
  ['without content', text('HTTP/1.1 204 No Content', 'content-length: 9', '', ''), '', true],
  ['after interim answers', text('HTTP/1.1 103 Hint', 'link: x', '', ok, 'content-length: 1', '', 'x'), 'x', true],
  ['that says it is the last', text(ok, 'connection: Close', 'content-length: 1', '', 'x'), 'x', false],
  ['of HTTP/1.0', text('HTTP/1.0 200 OK', 'content-length: 1', '', 'x'), 'x', false],
  ['with more behind it', text(ok, 'content-length: 1', '', 'xHTTP/1.1 200 OK'), 'x', false],
  [
    'with a length and an encoding',
    text(ok, 'content-length: 3', 'transfer-encoding: chunked', '', '1', 'x', '0', '', ''),
    'x',
    false,
  ],
]

const nonsense: [title: string, bytes: Buffer][] = [
  ['another protocol', text('SSH-2.0-OpenSSH', '', '')],
  ['another version', text('HTTP/2 200', '', '')],
  ['a change of protocol', text('HTTP/1.1 101 Switching Protocols', 'upgrade: h2c', '', '')],
  ['a folded header field', text(ok, 'a: b', ' c', '', '')],
  ['a header field without a name', text(ok, ': b', '', '')],
  ['a header field without a colon', text(ok, 'content-length: 1', 'connection', '', 'x')],
  ['a lone carriage return in a header field', text(ok, 'content-length: 1', 'a: b\rconnection: close', '', 'x')],
  ['a status of no class', text('HTTP/1.1 000 Nothing', '', '')],
  ['two lengths', text(ok, 'content-length: 1', 'content-length: 2', '', '')],
  ['a negative length', text(ok, 'content-length: -1', '', '')],
  ['a compressed transfer', text(ok, 'transfer-encoding: gzip, chunked', '', '')],
  ['a chunk without a size', text(ok, 'transfer-encoding: chunked', '', 'x', '')],
  ['a chunk of a negative size', text(ok, 'transfer-encoding: chunked', '', '-1', '')],
  ['a chunk that is longer than it said', text(ok, 'transfer-encoding: chunked', '', '1', 'xy', '0', '', '')],
  ['a head without an end', Buffer.alloc(70_000, 'x')],
]

describe('the response reader', () => {
  for (const [title, bytes, body, isReusable] of complete)
    it(`reads a response ${title}, however it is cut`, () => {
      const cut = fc.uniqueArray(fc.nat(bytes.length), { maxLength: 6 }).map((points) => {
        const at = [0, ...points.sort((a, b) => a - b), bytes.length]
        return at.slice(1).map((end, index) => bytes.subarray(at[index], end))
      })
      // What lies behind the response must have come with it, to be seen.
      const chunks = isReusable ? cut : fc.constant([bytes])
      fc.assert(
        fc.property(chunks, (pieces) => {
          expect(read(pieces)).to.deep.include({ body, hasEnded: true, isReusable })
        }),
      )
    })

  for (const [title, bytes] of nonsense)
    it(`refuses ${title}`, () => {
      expect(() => read([bytes])).to.throw(SyntaxError)
    })

  it('knows fields by their lower-case names, and joins those that came twice', () => {
    const { head } = read([text('HTTP/1.1 429 Slow', 'Retry-After:  7 ', 'Warning: a', 'warning: b', '', '')])
    expect(head?.status).to.equal(429)
    expect([...(head?.headers ?? [])]).to.deep.equal([
      ['retry-after', '7'],
      ['warning', 'a, b'],
    ])
  })

  it('takes all for the body until the connection closes, when nothing else was said', () => {
    const reading = read([text(ok, '', 'all of '), text('it')])
    expect(reading).to.deep.include({ body: 'all of it', hasEnded: false })
    expect(reading.close()).to.equal(true)
  })

  for (const [title, ...bytes] of [
    ['no response', ''],
    ['half a head', ok],
    ['half a body', ok, 'content-length: 5', '', 'hel'],
    ['chunks without the last', ok, 'transfer-encoding: chunked', '', '1', 'x', ''],
  ])
    it(`does not take ${title} for a complete one when the connection closes`, () => {
      expect(read([text(...bytes)]).close()).to.equal(false)
    })
})
