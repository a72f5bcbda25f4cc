import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { ApiError } from './error.ts'
import type { ApiRequest } from './request.ts'
import { settle } from './testing/virtual-clock.ts'
import { createTransport, type Transport } from './transport.ts'

const read: ApiRequest = { what: 'read it', method: 'GET', path: '/it' }
const status = (code: number, reason: string) => JSON.stringify({ kind: 'Status', code, reason, message: 'told to' })

async function failureOf(promise: Promise<unknown>): Promise<ApiError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof ApiError)) expect.fail(`not an ApiError: ${error}`)
  return error
}

describe('transport', () => {
  let server: Server
  let transport: Transport
  let requests: number
  const credentials = { token: 'first', forgotten: 0 }

  async function serve(answer: RequestListener): Promise<void> {
    requests = 0
    server = createServer((request, response) => {
      requests += 1
      answer(request, response)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/prefix/`)
    const forget = () => {
      credentials.forgotten += 1
      credentials.token = 'second'
    }
    Object.assign(credentials, { token: 'first', forgotten: 0 })
    const endpoint = { url, tls: {}, credentials: { authorization: () => `Bearer ${credentials.token}`, forget } }
    transport = createTransport(endpoint, { userAgent: 'test', random: () => 0 })
  }

  afterEach(async () => {
    transport.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  it('sends method, path under the prefix, headers and body', async () => {
    const seen: unknown[] = []
    await serve(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      const { authorization, 'content-type': type, 'user-agent': agent } = request.headers
      seen.push(request.method, request.url, authorization, type, agent, body)
      response.end('done')
    })
    const patch: ApiRequest = {
      what: 'x',
      method: 'PATCH',
      path: '/it?a=b',
      body: '{"ä":1}',
      contentType: 'application/json',
    }
    expect(await transport.send(patch)).to.equal('done')
    expect(seen).to.eql(['PATCH', '/prefix/it?a=b', 'Bearer first', 'application/json', 'test', '{"ä":1}'])
  })

  it('uses one connection for requests that follow each other', async () => {
    await serve((_, response) => response.end('x'))
    let connections = 0
    server.on('connection', () => {
      connections += 1
    })
    for (let count = 0; count < 3; count++) await transport.send(read)
    expect(connections).to.equal(1)
  })

  it('lets what is urgent wait for no other request', async () => {
    await serve((request, response) => {
      if (request.url === '/prefix/urgent') response.end('done')
    })
    const slow = Array.from({ length: 20 }, () => failureOf(transport.send(read)))
    while (requests < 16) await settle()
    const urgent = { what: 'renew it', method: 'PUT', path: '/urgent', body: '{}' } as const
    expect(await transport.send(urgent, { urgent: true, timeoutMillis: 1_000 })).to.equal('done')
    transport.close()
    for (const { code } of await Promise.all(slow)) expect(code).to.equal('aborted')
  })

  it('turns a Status into an error that names the step', async () => {
    await serve((_, response) => response.writeHead(404).end(status(404, 'NotFound')))
    const error = await failureOf(transport.send(read))
    expect(error).to.include({ message: 'read it: told to', status: 404, reason: 'NotFound', code: 'refused' })
  })

  it('copes with a refusal that is not a Status', async () => {
    await serve((_, response) => response.writeHead(502).end('<html>bad gateway'))
    expect(await failureOf(transport.send(read))).to.include({ status: 502, message: 'read it: <html>bad gateway' })
  })

  it('comes back after 429 until it is served', async () => {
    await serve((_, response) => {
      if (requests < 3) response.writeHead(429, { 'retry-after': '0' }).end(status(429, 'TooManyRequests'))
      else response.end('served')
    })
    expect(await transport.send(read)).to.equal('served')
  })

  it('reports 429 at once to a caller with a back-off of its own', async () => {
    await serve((_, response) => response.writeHead(429, { 'retry-after': '7' }).end())
    const error = await failureOf(transport.send(read, { retry: false }))
    expect(error).to.include({ status: 429, retryAfterMillis: 7_000 })
    expect(requests).to.equal(1)
  })

  it('asks for new credentials after 401, once', async () => {
    await serve((request, response) => {
      if (request.headers.authorization === 'Bearer second') response.end('let in')
      else response.writeHead(401).end(status(401, 'Unauthorized'))
    })
    expect(await transport.send(read)).to.equal('let in')
    expect(credentials.forgotten).to.equal(1)
  })

  it('gives up after the second 401', async () => {
    await serve((_, response) => response.writeHead(401).end(status(401, 'Unauthorized')))
    expect(await failureOf(transport.send(read))).to.include({ status: 401 })
    expect(requests).to.equal(2)
  })

  it('repeats a read whose connection broke', async () => {
    await serve((request, response) => {
      if (requests === 1) request.socket.destroy()
      else response.end('second time')
    })
    expect(await transport.send(read)).to.equal('second time')
  })

  it('ends a request that takes too long, whether the answer has begun or not', async () => {
    await serve((_, response) => {
      if (requests === 2) response.write('the beginning')
    })
    for (let count = 0; count < 2; count++) {
      expect(await failureOf(transport.send(read, { timeoutMillis: 30 }))).to.include({ code: 'timeout', status: 0 })
    }
  })

  it('ends a wait for another attempt when time is up, with the refusal that caused it', async () => {
    await serve((_, response) => response.writeHead(429, { 'retry-after': '60' }).end())
    expect(await failureOf(transport.send(read, { timeoutMillis: 50 }))).to.include({ status: 429 })
  })

  it('sends nothing after its time, also when the process did not run and no timer could fire', async () => {
    await serve((_, response) => {
      response.writeHead(429, { 'retry-after': '0' }).end()
      const untilMillis = performance.now() + 300
      setTimeout(() => {
        while (performance.now() < untilMillis); // both timers are over then: the time limit's and that of the next attempt
      }, 50)
    })
    await failureOf(transport.send(read, { timeoutMillis: 200 }))
    await settle()
    expect(requests).to.equal(1)
  })

  it('hands out the lines of a stream, and resolves at its orderly end', async () => {
    await serve((_, response) => {
      response.write('one\ntw')
      setImmediate(() => response.end('o\n'))
    })
    const lines: string[] = []
    const { signal } = new AbortController()
    await transport.sendForLines(read, { signal, onLine: (line) => lines.push(line) })
    expect(lines).to.eql(['one', 'two'])
  })

  it('fails when a stream breaks off, is refused, or does not begin in time', async () => {
    await serve((_, response) => {
      if (requests === 1) response.write('one\n', () => response.destroy())
      if (requests === 2) response.writeHead(410).end(status(410, 'Expired'))
    })
    const options = { signal: new AbortController().signal, timeoutMillis: 30, onLine() {} }
    const codes = []
    for (let count = 0; count < 3; count++) codes.push(await failureOf(transport.sendForLines(read, options)))
    expect(codes.map(({ code, status }) => [code, status])).to.eql([
      ['connection', 0],
      ['refused', 410],
      ['timeout', 0],
    ])
  })

  it('has no time limit for a stream that has begun', async () => {
    await serve((_, response) => {
      response.write('one\n')
      setTimeout(() => response.end('two\n'), 60)
    })
    const lines: string[] = []
    const { signal } = new AbortController()
    await transport.sendForLines(read, { signal, timeoutMillis: 30, onLine: (line) => lines.push(line) })
    expect(lines).to.eql(['one', 'two'])
  })

  it('ends a stream whose reader throws, with that error as the cause', async () => {
    await serve((_, response) => void response.write('not JSON\n'))
    const onLine = (line: string) => void JSON.parse(line)
    const error = await failureOf(transport.sendForLines(read, { signal: new AbortController().signal, onLine }))
    expect(error).to.include({ code: 'malformed' })
    expect(error.cause).to.be.instanceOf(SyntaxError)
  })

  it('ends everything when it is closed', async () => {
    await serve((_, response) => void response.write('one\n'))
    const stream = failureOf(transport.sendForLines(read, { signal: new AbortController().signal, onLine() {} }))
    const short = failureOf(transport.send(read))
    while (requests < 2) await settle()
    transport.close()
    expect((await stream).code).to.equal('aborted')
    expect((await short).code).to.equal('aborted')
  })
})
