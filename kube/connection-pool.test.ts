import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import { expect } from 'chai'
import { ConnectionPool } from './connection-pool.ts'
import { testCertificate } from './testing/certificate.ts'
import { settle } from './testing/virtual-clock.ts'

const readBuffer = Buffer.alloc(64)
const never = new AbortController().signal

describe('the connection pool', () => {
  let server: Server
  let pool: ConnectionPool
  let opened: Socket[]

  async function serve(answer: RequestListener, limit = 2, tls?: ConnectionOptions): Promise<void> {
    opened = []
    server = tls === undefined ? createHttpServer(answer) : createHttpsServer(testCertificate, answer)
    server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => opened.push(socket))
    server.on('clientError', (_, socket) => socket.destroy())
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    pool = new ConnectionPool({ host: '127.0.0.1', port, tls, readBuffer }, limit)
  }

  afterEach(async () => {
    pool.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  async function ask(path: string, signal = never): Promise<string> {
    let body = ''
    const onBody = (bytes: Buffer) => {
      body += bytes.toString()
    }
    await pool.exchange({ request: `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`, signal, onHead() {}, onBody })
    return body
  }

  /** Requests are answered when the test says so, with their path. */
  function holdAnswers(): { waiting: string[]; answer(): void } {
    const held: (() => void)[] = []
    const waiting: string[] = []
    listener = (request, response) => {
      waiting.push(request.url ?? '')
      held.push(() => response.end(request.url))
    }
    return { waiting, answer: () => held.shift()?.() }
  }
  let listener: RequestListener = () => {}
  const held: RequestListener = (request, response) => listener(request, response)

  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await settle()
  }

  it('has no more connections than it may, and serves who waits in their order', async () => {
    const { waiting, answer } = holdAnswers()
    await serve(held)
    const order: string[] = []
    const all = ['/1', '/2', '/3', '/4'].map((path) => ask(path).then((body) => order.push(body)))
    for (let answered = 0; answered < 4; answered++) {
      await until(() => waiting.length === Math.min(4, answered + 2))
      answer()
      await until(() => order.length > answered)
    }
    await Promise.all(all)
    expect(order).to.eql(['/1', '/2', '/3', '/4'])
    expect(opened).to.have.length(2)
  })

  it('takes those who give up out of the line', async () => {
    const { waiting, answer } = holdAnswers()
    await serve(held, 1)
    const giveUp = new AbortController()
    const first = ask('/first')
    const second = ask('/second', giveUp.signal).catch((error: Error) => error.message)
    const third = ask('/third')
    await until(() => waiting.length === 1)
    giveUp.abort(new Error('enough'))
    expect(await second).to.equal('enough')
    answer()
    await until(() => waiting.length === 2)
    answer()
    expect(await Promise.all([first, third])).to.eql(['/first', '/third'])
  })

  it('gives the place of one that failed to the next', async () => {
    await serve((request, response) => {
      if (request.url === '/bad') request.socket.destroy()
      else response.end('good')
    }, 1)
    const bad = ask('/bad').catch((error: NodeJS.ErrnoException) => error.code)
    const good = ask('/good')
    expect(await bad).to.equal('ECONNRESET')
    expect(await good).to.equal('good')
  })

  it('opens another connection after one that the server closed, or said it would', async () => {
    await serve((request, response) => {
      if (request.url === '/last') response.setHeader('connection', 'close')
      response.end('x')
    })
    await ask('/last')
    await ask('/first')
    opened[1]?.destroy()
    await once(opened[1]!, 'close')
    await settle()
    expect(await ask('/second')).to.equal('x')
    expect(opened).to.have.length(3)
  })

  it('does not use a connection on which something came unasked', async () => {
    await serve((_, response) => response.end('x'))
    await ask('/')
    opened[0]?.write('HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n\r\n')
    await once(opened[0]!, 'close')
    expect(await ask('/')).to.equal('x')
    expect(opened).to.have.length(2)
  })

  it('ends a connection whose answer nobody waits for any more', async () => {
    const { waiting } = holdAnswers()
    await serve(held)
    const giveUp = new AbortController()
    const asked = ask('/', giveUp.signal).catch((error: Error) => error.message)
    await until(() => waiting.length === 1)
    giveUp.abort(new Error('enough'))
    expect(await asked).to.equal('enough')
    if (!opened[0]?.destroyed) await once(opened[0]!, 'close')
  })

  it('does not take half an answer for the whole when the connection is torn down', async () => {
    await serve(({ socket }) => {
      const half = 'HTTP/1.1 200 OK\r\n\r\nha' // whose end would be that of the connection
      socket.write(half, () => socket.resetAndDestroy())
    })
    expect(await ask('/').catch((error: NodeJS.ErrnoException) => error.code)).to.equal('ECONNRESET')
  })

  it('trusts no idle connection after an answer that did not come', async () => {
    const { waiting, answer } = holdAnswers()
    await serve(held, 3)
    const both = [ask('/1'), ask('/2')]
    await until(() => waiting.length === 2)
    answer()
    answer()
    await Promise.all(both)
    const giveUp = new AbortController()
    const asked = ask('/3', giveUp.signal).catch((error: Error) => error.message)
    await until(() => waiting.length === 3)
    giveUp.abort(new Error('enough'))
    expect(await asked).to.equal('enough')
    const again = ask('/4')
    await until(() => waiting.length === 4)
    answer() // of the one that was given up
    answer()
    expect(await again).to.equal('/4')
    expect(opened).to.have.length(3)
  })

  it('does not send what may not be sent any more, and keeps the connection', async () => {
    await serve((_, response) => response.end('x'), 1)
    await ask('/')
    const beforeSend = () => {
      throw new Error('too late')
    }
    const exchange = { request: 'GET / HTTP/1.1\r\n\r\n', signal: never, beforeSend, onHead() {}, onBody() {} }
    expect(await pool.exchange(exchange).catch((error: Error) => error.message)).to.equal('too late')
    expect(await ask('/')).to.equal('x')
    expect(opened).to.have.length(1)
  })

  it('fails at once when nobody listens', async () => {
    await serve(() => {})
    const { port } = server.address() as AddressInfo
    server.close()
    await once(server, 'close')
    pool = new ConnectionPool({ host: '127.0.0.1', port, tls: undefined, readBuffer }, 1)
    for (let count = 0; count < 2; count++)
      expect(await ask('/').catch((error: NodeJS.ErrnoException) => error.code)).to.equal('ECONNREFUSED')
  })

  describe('with TLS', () => {
    const answer: RequestListener = ({ socket }, response) =>
      response.end((socket as TLSSocket).servername || 'no name')
    const failure = (error: NodeJS.ErrnoException) => error.code

    it('asks for the server by its name', async () => {
      await serve(answer, 1, { ca: testCertificate.cert, servername: 'api.test' })
      expect(await ask('/')).to.equal('api.test')
    })

    it('does not talk to a server that a stranger vouches for', async () => {
      await serve(answer, 1, { servername: 'api.test' })
      expect(await ask('/').catch(failure)).to.equal('DEPTH_ZERO_SELF_SIGNED_CERT')
    })

    it('does not talk to a server of another name, and sends none for an address', async () => {
      await serve(answer, 1, { ca: testCertificate.cert })
      expect(await ask('/').catch(failure)).to.equal('ERR_TLS_CERT_ALTNAME_INVALID')
    })

    it('talks to anybody when told to', async () => {
      await serve(answer, 1, { rejectUnauthorized: false })
      expect(await ask('/')).to.equal('no name')
    })
  })
})
