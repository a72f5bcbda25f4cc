import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { type CallLimits, createClient, isNotFound, type KubeClient } from './client.ts'
import { services } from './core.ts'
import { ApiError, isAlreadyExists, isConflict, isGone } from './error.ts'
import { fromKubeconfig } from './kubeconfig.ts'
import { FaultyServer } from './testing/faulty-server.ts'
import { createTransport, type Transport } from './transport.ts'

const failure = (status: number, reason: string) => new ApiError('told to', { status, reason, code: 'refused' })

function clientThatFails(error: unknown): KubeClient {
  return createClient({ send: () => Promise.reject(error) } as unknown as Transport)
}

describe('client', () => {
  it('puts the pages of a list together', async () => {
    const server = await FaultyServer.start()
    for (let count = 0; count < 7; count++) server.put({ metadata: { namespace: 'web', name: `s${count}` } })
    const credentials = { authorization: () => undefined, forget() {} }
    const client = createClient(createTransport({ url: server.url, tls: {}, credentials }))
    try {
      const { items, resourceVersion } = await client.list(services, { pageSize: 3 })
      expect(items.map((item) => item.metadata?.name)).to.eql(['s0', 's1', 's2', 's3', 's4', 's5', 's6'])
      expect(resourceVersion).to.equal('107')
      expect(server.requests).to.have.length(3)
    } finally {
      await client.close()
      await server.close()
    }
  })

  it('names the step whose answer makes no sense', async () => {
    const client = createClient({ send: async () => '<html>log in first' } as unknown as Transport)
    const ref = { namespace: 'web', name: 'a' }
    for (const [what, call] of [
      ['get services web/a', client.get(services, ref)],
      ['list services web', client.list(services, { namespace: 'web' })],
    ] as const) {
      const error = await call.catch((error: unknown) => error)
      expect(error)
        .to.be.instanceOf(ApiError)
        .and.include({ code: 'malformed', message: `${what}: not JSON` })
    }
  })

  it('is content when the object to delete is not there, and with nothing else', async () => {
    const ref = { namespace: 'web', name: 'a' }
    await clientThatFails(failure(404, 'NotFound')).delete(services, ref)
    const other = clientThatFails(failure(409, 'Conflict')).delete(services, ref)
    expect(await other.catch((error: ApiError) => error.status)).to.equal(409)
  })

  it('ends every call, however hung the server, with its signal or when its time is up', async () => {
    const server = await FaultyServer.start()
    server.faults.hang = 1
    const credentials = { authorization: () => undefined, forget() {} }
    const client = createClient(createTransport({ url: server.url, tls: {}, credentials }))
    const ref = { namespace: 'web', name: 'a' }
    const calls: Record<string, (limits: CallLimits) => Promise<unknown>> = {
      get: (limits) => client.get(services, ref, limits),
      list: (limits) => client.list(services, limits),
      create: (limits) => client.create(services, { metadata: ref }, limits),
      update: (limits) => client.update(services, { metadata: ref }, limits),
      apply: (limits) => client.apply(services, { metadata: ref }, { fieldManager: 'test', ...limits }),
      patch: (limits) => client.patch(services, ref, { type: 'merge', body: {}, ...limits }),
      delete: (limits) => client.delete(services, ref, limits),
    }
    const codeOf = (call: Promise<unknown>) => call.then(String, (error: ApiError) => error.code)
    try {
      for (const [verb, call] of Object.entries(calls)) {
        expect(await codeOf(call({ timeoutMillis: 20 })), verb).to.equal('timeout')
        const stop = new AbortController()
        setTimeout(() => stop.abort(), 20)
        expect(await codeOf(call({ signal: stop.signal })), verb).to.equal('aborted')
      }
      // On a busy machine time may be up before anything was sent; nothing is sent twice.
      expect(server.requests.length).to.be.within(1, 2 * Object.keys(calls).length)
    } finally {
      await client.close()
      await server.close()
    }
  })

  it('tells refusals apart', () => {
    expect(isNotFound(failure(404, 'NotFound'))).to.equal(true)
    expect(isGone(failure(410, 'Expired'))).to.equal(true)
    expect(isConflict(failure(409, 'Conflict'))).to.equal(true)
    expect(isConflict(failure(409, 'AlreadyExists'))).to.equal(false)
    expect(isAlreadyExists(failure(409, 'AlreadyExists'))).to.equal(true)
    expect(isNotFound(new Error('status 404'))).to.equal(false)
  })
})

describe('kubeconfig', () => {
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'kubeconfig-'))
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  it('gives server, CA and token', async () => {
    const path = join(directory, 'config')
    const ca = Buffer.from('a certificate').toString('base64')
    const config = {
      'current-context': 'c',
      clusters: [
        { name: 'k', cluster: { server: 'https://example.com:6443/prefix', 'certificate-authority-data': ca } },
      ],
      users: [{ name: 'u', user: { token: 'secret' } }],
      contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
    }
    writeFileSync(path, JSON.stringify(config))
    const endpoint = await fromKubeconfig(path)
    expect(endpoint.url.href).to.equal('https://example.com:6443/prefix')
    expect(String(endpoint.tls.ca)).to.equal('a certificate')
    expect(await endpoint.credentials.authorization()).to.equal('Bearer secret')
  })
})
