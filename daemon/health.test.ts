import { expect } from 'chai'
import { startHealthServer } from './health.ts'
import type { Listening } from './http.ts'
import { recordingLogger } from './testing/recording-logger.ts'
import { ask } from './testing/request.ts'

describe('the health server', () => {
  let server: Listening
  let reasons: { live?: string; ready?: string }

  beforeEach(async () => {
    reasons = {}
    const { log } = recordingLogger()
    server = await startHealthServer({
      host: '127.0.0.1',
      port: 0,
      live: () => reasons.live,
      ready: () => reasons.ready,
      log,
    })
  })
  afterEach(() => server.close())

  const get = (path: string, method = 'GET') => ask(`http://127.0.0.1:${server.port}${path}`, { method })

  it('answers ok on both paths while nothing is wrong', async () => {
    expect(await get('/healthz')).to.include({ status: 200, body: 'ok\n' })
    expect(await get('/readyz?verbose')).to.include({ status: 200, body: 'ok\n' })
  })

  it('says why the process is not ready, and that it lives', async () => {
    reasons.ready = 'starting'
    expect(await get('/readyz')).to.include({ status: 503, body: 'starting\n' })
    expect(await get('/healthz')).to.include({ status: 200 })
  })

  it('says why the process must be restarted', async () => {
    reasons.live = 'no watch for 10 minutes'
    expect(await get('/healthz')).to.include({ status: 503, body: 'no watch for 10 minutes\n' })
  })

  it('answers HEAD without a body and other paths with 404', async () => {
    expect(await get('/readyz', 'HEAD')).to.include({ status: 200, body: '' })
    expect(await get('/')).to.include({ status: 404 })
    expect(await get('/__proto__')).to.include({ status: 404 })
  })

  it('survives a path that is no URL', async () => {
    expect(await get('//')).to.include({ status: 404 })
  })
})
