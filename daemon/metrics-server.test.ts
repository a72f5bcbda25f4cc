import { X509Certificate } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { expect } from 'chai'
import { Gauge } from 'prom-client'
import { systemClock } from '../kube/clock.ts'
import { describeError } from './describe-error.ts'
import { createMetrics } from './metrics.ts'
import { accessLimits } from './metrics-access.ts'
import { type MetricsServerOptions, startMetricsServer } from './metrics-server.ts'
import { type CertificatePair, createSelfSigned } from './serving-certificate.ts'
import { recordingLogger } from './testing/recording-logger.ts'
import { ask } from './testing/request.ts'
import { reviewClient } from './testing/review-client.ts'

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })

describe('the metrics server', () => {
  const cleanUps: (() => unknown)[] = []
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
  })

  async function start(options: Partial<MetricsServerOptions> = {}) {
    const { log, lines, messages } = recordingLogger()
    const registry = createMetrics()
    new Gauge({ name: 'metallb_layer2_requests_received', help: 'x', registers: [registry] }).set(7)
    const api = reviewClient({ prometheus: { allowed: true }, visitor: { allowed: false } })
    const defaults = { host: '127.0.0.1', port: 0, secure: true, certificateDirectory: '', clock: systemClock }
    const tls = { minVersion: 'TLSv1.3', ignored: [] } as const
    const server = await startMetricsServer({ ...defaults, tls, client: api.client, registry, log, ...options })
    cleanUps.push(() => server.close())
    return { url: `https://127.0.0.1:${server.port}/metrics`, port: server.port, lines, messages, ...api }
  }

  async function certificateDirectory(pair: CertificatePair): Promise<string> {
    const directory = await mkdtemp(join(tmpdir(), 'metallb-test-'))
    cleanUps.push(() => rm(directory, { recursive: true }))
    await writePair(directory, pair)
    return directory
  }

  async function writePair(directory: string, { cert, key }: CertificatePair) {
    await writeFile(join(directory, 'tls.crt'), cert)
    await writeFile(join(directory, 'tls.key'), key)
  }

  const fingerprint = (pair: CertificatePair) => new X509Certificate(pair.cert).fingerprint256

  it('serves the registry to callers whom the API server authorizes, behind a self-signed certificate', async () => {
    const { url } = await start()
    const answer = await ask(url, bearer('prometheus'))
    expect(answer.status).to.equal(200)
    expect(answer.headers['content-type']).to.match(/^text\/plain; version=0\.0\.4/)
    expect(answer.body).to.include('metallb_layer2_requests_received 7').and.to.include('process_resident_memory_bytes')
    expect(answer.certificate?.issuer.O).to.equal('metallb')
  })

  for (const [who, options, status] of [
    ['a caller without a token', {}, 401],
    ['a caller with a password', { headers: { authorization: 'Basic cHJvbWV0aGV1czo=' } }, 401],
    ['a token that nobody owns', bearer('stranger'), 401],
    ['a user without the right', bearer('visitor'), 403],
    ['a method other than GET', { ...bearer('prometheus'), method: 'POST' }, 405],
  ] as const) {
    it(`answers ${status} to ${who}`, async () => {
      const answer = await ask((await start()).url, options)
      expect(answer.status).to.equal(status)
      expect(answer.body).not.to.include('metallb_')
    })
  }

  it('answers 404 for another path, without asking the API server', async () => {
    const { port, reviews } = await start()
    expect((await ask(`https://127.0.0.1:${port}/`, bearer('prometheus'))).status).to.equal(404)
    expect(reviews).to.deep.equal([])
  })

  it('answers 500 and logs why when the API server cannot be asked', async () => {
    const { url, fail, lines } = await start()
    fail(new Error('API server is away'))
    const answer = await ask(url, bearer('prometheus'))
    expect(answer).to.include({ status: 500, body: 'internal error\n' })
    expect(lines.at(-1)).to.include({ msg: 'request failed', error: 'API server is away' })
  })

  it('answers 503 and when to come again while as many callers are being checked as may be', async () => {
    const { url, hold, reviews } = await start()
    const release = hold()
    const checked = Array.from({ length: accessLimits.reviewsUnderWay }, (_, index) =>
      ask(url, bearer(`guess-${index}`)),
    )
    while (reviews.length < accessLimits.reviewsUnderWay) await new Promise(setImmediate)
    const answer = await ask(url, bearer('prometheus'))
    expect(answer.status).to.equal(503)
    expect(answer.headers['retry-after']).to.equal('1')
    release()
    expect((await Promise.all(checked)).map(({ status }) => status)).to.deep.equal(checked.map(() => 401))
  })

  it('refuses a version of TLS below the minimum', async () => {
    const { port } = await start()
    const client = connect({ host: '127.0.0.1', port, maxVersion: 'TLSv1.2', rejectUnauthorized: false })
    const outcome = await new Promise((resolve) =>
      client.on('secureConnect', resolve).on('error', (error) => resolve(error.message)),
    )
    client.destroy()
    expect(outcome).to.match(/protocol version/)
  })

  it('serves everybody over plain HTTP when told so', async () => {
    const { port, reviews } = await start({ secure: false })
    const answer = await ask(`http://127.0.0.1:${port}/metrics`)
    expect(answer.body).to.include('metallb_layer2_requests_received 7')
    expect(reviews).to.deep.equal([])
  })

  it('presents the certificate of the directory, and the new one after it changed', async () => {
    const [first, second] = await Promise.all([createSelfSigned(), createSelfSigned()])
    const directory = await certificateDirectory(first)
    const { url, messages } = await start({ certificateDirectory: directory })
    expect((await ask(url)).certificate?.fingerprint256).to.equal(fingerprint(first))
    await writePair(directory, second)
    while (!messages().includes('certificate replaced')) await new Promise(setImmediate)
    expect((await ask(url)).certificate?.fingerprint256).to.equal(fingerprint(second))
  })

  it('keeps the certificate when the new key does not belong to it', async () => {
    const [first, second] = await Promise.all([createSelfSigned(), createSelfSigned()])
    const directory = await certificateDirectory(first)
    const { url, messages } = await start({ certificateDirectory: directory })
    await writeFile(join(directory, 'tls.key'), second.key)
    while (!messages().includes('certificate not replaced')) await new Promise(setImmediate)
    expect((await ask(url)).certificate?.fingerprint256).to.equal(fingerprint(first))
  })

  it('does not start without the certificate that it was told to use, and names the flag', async () => {
    const directory = await certificateDirectory(await createSelfSigned())
    await rm(join(directory, 'tls.key'))
    const failure = await start({ certificateDirectory: directory }).catch(describeError)
    expect(failure).to.match(/--metrics-cert-dir.*tls\.key.*give a directory/)
  })

  it('names the flag and the port when the port is taken', async () => {
    const { port } = await start()
    const failure = await start({ port }).catch(describeError)
    expect(failure).to.match(new RegExp(`--port.*127\\.0\\.0\\.1, port ${port}.*EADDRINUSE`))
  })
})
