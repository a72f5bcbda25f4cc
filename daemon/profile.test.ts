import { expect } from 'chai'
import { systemClock } from '../kube/clock.ts'
import { describeError } from './describe-error.ts'
import { FlagError } from './flags.ts'
import type { Listening } from './http.ts'
import { parseListener, startProfileServer } from './profile.ts'
import { recordingLogger } from './testing/recording-logger.ts'
import { ask } from './testing/request.ts'

const start = (address: string) => startProfileServer({ address, clock: systemClock, log: recordingLogger().log })

describe('the profile server', () => {
  let server: Listening
  let url: string
  before(async () => {
    server = await start('127.0.0.1:0')
    url = `http://127.0.0.1:${server.port}/debug/pprof`
  })
  after(() => server.close())

  it('records a CPU profile of as many seconds as asked', async () => {
    const answer = await ask(`${url}/profile?seconds=0.05`)
    const profile = JSON.parse(answer.body) as { startTime: number; endTime: number; nodes: unknown[] }
    expect(answer.headers['content-disposition']).to.include('cpu.cpuprofile')
    expect(profile.nodes).not.to.have.length(0)
    expect(profile.endTime - profile.startTime).to.be.at.least(49_000)
  })

  it('shows what lives on the heap by where it was allocated', async () => {
    const answer = await ask(`${url}/heap`)
    expect(answer.headers['content-disposition']).to.include('heap.heapprofile')
    expect(JSON.parse(answer.body)).to.have.nested.property('head.children')
  })

  it('records one CPU profile at a time', async () => {
    const answers = await Promise.all([ask(`${url}/profile?seconds=0.2`), ask(`${url}/profile?seconds=0.2`)])
    expect(answers.map(({ status }) => status)).to.have.members([200, 503])
    expect((await ask(`${url}/profile?seconds=0.01`)).status).to.equal(200)
  })

  for (const seconds of ['0', '-1', 'soon', '601']) {
    it(`refuses seconds=${seconds}`, async () => {
      expect((await ask(`${url}/profile?seconds=${seconds}`)).status).to.equal(400)
    })
  }

  it('names the flag when the address is taken', async () => {
    const failure = await start(`127.0.0.1:${server.port}`).catch(describeError)
    expect(failure).to.match(/--pprof-bind-address.*EADDRINUSE/)
  })
})

describe('parseListener', () => {
  for (const [text, listener] of [
    ['127.0.0.1:6060', { host: '127.0.0.1', port: 6060 }],
    [':6060', { port: 6060 }],
    ['[::1]:6060', { host: '::1', port: 6060 }],
    ['localhost:0', { host: 'localhost', port: 0 }],
  ] as const) {
    it(`reads ${text}`, () => {
      expect(parseListener(text)).to.deep.equal(listener)
    })
  }

  for (const text of ['6060', '127.0.0.1', '::1:6060', 'localhost:65536', 'localhost:http']) {
    it(`refuses ${text} and says what would be right`, () => {
      expect(() => parseListener(text)).to.throw(FlagError, /--pprof-bind-address.*give host:port/)
    })
  }
})
