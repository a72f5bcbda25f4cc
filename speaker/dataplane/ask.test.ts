import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { systemClock } from '../../kube/clock.ts'
import { settle, VirtualClock } from '../../kube/testing/virtual-clock.ts'
import { ask } from './ask.ts'

describe('a question to the dataplane', () => {
  let server: Server
  let url: URL
  let onRequest: RequestListener

  beforeEach(async () => {
    server = createServer((request, response) => onRequest(request, response))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/healthz`)
  })
  afterEach(() => {
    server.closeAllConnections()
    server.close()
  })

  for (const status of [200, 503]) {
    it(`has the answer ${status}`, async () => {
      onRequest = (_, response) => response.writeHead(status).end('text')
      expect(await ask(url, systemClock)).to.deep.equal({ type: 'answered', status })
    })
  }

  it('does not wait for a body without end, and leaves no connection open', async () => {
    let closed: Promise<unknown> = Promise.resolve()
    onRequest = (request, response) => {
      closed = once(request.socket, 'close')
      response.writeHead(200).write('.')
    }
    expect(await ask(url, systemClock)).to.deep.equal({ type: 'answered', status: 200 })
    await closed
  })

  it('does not follow to where it is sent', async () => {
    onRequest = (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()
    expect(await ask(url, systemClock)).to.deep.equal({ type: 'answered', status: 302 })
  })

  it('is refused where nobody listens', async () => {
    await new Promise((resolve) => server.close(resolve))
    expect(await ask(url, systemClock)).to.deep.equal({ type: 'refused' })
  })

  it('fails when there is no sense in the answer', async () => {
    onRequest = (request) => request.socket.end('nonsense\r\n\r\n')
    expect((await ask(url, systemClock)).type).to.equal('failed')
  })

  it('is given up after a second', async () => {
    const clock = new VirtualClock()
    const asked = new Promise<void>((resolve) => {
      onRequest = () => resolve()
    })
    const reply = ask(url, clock)
    await asked
    await clock.advance(1_000)
    expect(await reply).to.deep.equal({ type: 'failed', reason: 'no answer within 1000 ms' })
    await settle()
    expect(clock.pending).to.equal(0)
  })
})
