import { Agent, request } from 'node:https'
import { connect } from 'node:tls'
import { expect } from 'chai'
import type { Reply } from '../../daemon/http.ts'
import type { IssuedCertificate } from '../../daemon/serving-certificate.ts'
import { recordingLogger } from '../../daemon/testing/recording-logger.ts'
import { createIssued } from '../../daemon/x509.ts'
import { type Clock, systemClock } from '../../kube/clock.ts'
import { startWebhookServer, type WebhookServer, webhookLimits } from './server.ts'

const host = 'metallb-webhook-service.metallb-system.svc'
const issue = () =>
  createIssued({ host, notBefore: new Date(Date.now() - 1000), notAfter: new Date(Date.now() + 60_000) })

/** Ten times as fast. */
const hastyClock: Clock = { ...systemClock, setTimeout: (run, millis) => setTimeout(run, millis / 10) }

interface Call {
  path?: string
  method?: string
  body?: string
  agent?: Agent | false
}

describe("the webhook's server", () => {
  let certificate: IssuedCertificate
  let server: WebhookServer
  let answer: (body: string) => Reply
  const { log, messages } = recordingLogger()

  before(async () => {
    certificate = await issue()
  })
  beforeEach(async () => {
    answer = (body) => ({ status: 200, body: `got ${body.length}` })
    server = await startWebhookServer({
      ...{ host: '127.0.0.1', port: 0, certificate, log, clock: hastyClock },
      tls: { minVersion: 'TLSv1.3', ignored: [] },
      answers: new Map([['/validate', (body) => answer(body)]]),
    })
  })
  afterEach(() => server.close())

  /** As an API server does: with the name of the Service, trusting the caBundle alone. */
  const call = (
    { path = '/validate?timeout=5s', method = 'POST', body = '{}', agent = false }: Call = {},
    ca = certificate.ca,
  ) =>
    new Promise<{ status: number; body: string; connection: string | undefined }>((resolve, reject) => {
      const target = { host: '127.0.0.1', port: server.port, servername: host, path, method, ca, agent }
      const sent = request(target, async (response) => {
        const text = (await response.setEncoding('utf8').toArray()).join('')
        resolve({ status: response.statusCode ?? 0, body: text, connection: response.headers.connection })
      })
      sent.on('error', reject).end(method === 'GET' ? undefined : body)
    })

  it('answers a POST to a path that it knows, whatever the query', async () => {
    expect(await call({ body: 'twelve chars' })).to.include({ status: 200, body: 'got 12' })
  })

  it('answers 404 for another path and 405 for another method', async () => {
    expect((await call({ path: '/convert' })).status).to.equal(404)
    expect((await call({ path: '/constructor' })).status).to.equal(404)
    expect((await call({ method: 'GET' })).status).to.equal(405)
  })

  it('answers 413 for a body that is too large, and ends the connection', async () => {
    const body = 'x'.repeat(webhookLimits.bodyBytes + 1)
    const outcome = await call({ body }).catch((error: NodeJS.ErrnoException) => error.code) // it may hang up while we send
    if (typeof outcome === 'object') expect(outcome).to.include({ status: 413, connection: 'close' })
    else expect(outcome).to.match(/ECONNRESET|EPIPE/)
    expect((await call({ body: 'x'.repeat(1_000_000) })).status).to.equal(200)
  })

  it('answers 500 when there is no answer, and logs why', async () => {
    answer = () => {
      throw new Error('out of luck')
    }
    expect(await call()).to.include({ status: 500, body: 'internal error\n' })
    expect(messages()).to.include('webhook request failed')
  })

  it('serves another certificate to new connections from one moment to the next, and keeps those that there are', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    expect((await call({ agent })).status).to.equal(200)
    const next = await issue()
    server.replaceCertificate(next)
    expect((await call({ agent })).status, 'the open connection').to.equal(200)
    expect((await call({}, next.ca)).status).to.equal(200)
    const refusal = await call().catch((error: NodeJS.ErrnoException) => error.code)
    expect(refusal).to.equal('UNABLE_TO_VERIFY_LEAF_SIGNATURE')
    agent.destroy()
  })

  it('speaks no TLS below the minimum', async () => {
    const socket = connect({
      host: '127.0.0.1',
      port: server.port,
      servername: host,
      ca: certificate.ca,
      maxVersion: 'TLSv1.2',
    })
    const error = await new Promise<Error>((resolve) => socket.on('error', resolve))
    expect(error.message).to.match(/alert protocol version/)
  })

  it('goes on answering for a moment when it is told to stop, and asks callers to go elsewhere', async () => {
    const closing = server.close()
    expect(await call()).to.include({ status: 200, connection: 'close' })
    await closing
    const refusal = await call().catch((error: NodeJS.ErrnoException) => error.code)
    expect(refusal).to.equal('ECONNREFUSED')
  })
})
