import { expect } from 'chai'
import { VirtualClock } from '../../kube/testing/virtual-clock.ts'
import type { Reply } from './ask.ts'
import { DataplaneGate } from './gate.ts'

const answer = (status: number): Reply => ({ type: 'answered', status })
const refused: Reply = { type: 'refused' }

describe('the dataplane gate', () => {
  let clock: VirtualClock
  let gate: DataplaneGate
  let reply: Reply
  let asked: { url: string; atMillis: number }[]
  let told: string[]

  const open = async (url: string | undefined) => {
    gate = new DataplaneGate({
      url: url === undefined ? undefined : new URL(url),
      ask: async ({ href }) => {
        asked.push({ url: href, atMillis: clock.now() })
        return reply
      },
      ...{ clock, random: () => 0.5 },
      onChange: () => told.push(`${gate.fitness} ${gate.fault ?? ''}`.trim()),
    })
    await clock.advance(0)
  }

  beforeEach(() => {
    clock = new VirtualClock()
    reply = answer(200)
    asked = []
    told = []
  })
  afterEach(() => gate.close())

  describe('with a URL', () => {
    const url = 'http://127.0.0.1:10256/healthz'

    it('is open from the first good answer', async () => {
      await open(url)
      expect(told).to.deep.equal(['fit'])
    })

    it('is shut within four seconds after answers have become bad, and open again soon after they are good', async () => {
      await open(url)
      reply = answer(503)
      await clock.advance(4_000)
      expect(told).to.deep.equal(['fit', `unfit ${url} answers 503`])
      reply = answer(200)
      await clock.advance(9_000)
      expect(gate.fitness).to.equal('fit')
      expect(gate.fault).to.equal(undefined)
    })

    it('is shut where nobody listens, also from the start', async () => {
      reply = refused
      await open(url)
      expect(gate.fitness).to.equal('unknown')
      await clock.advance(1_000)
      expect(told).to.deep.equal([`unfit ${url} refuses connections`])
    })

    it('tells when the fault is another, and says what it is', async () => {
      reply = { type: 'failed', reason: 'no answer within 1000 ms' }
      await open(url)
      await clock.advance(1_000)
      reply = answer(500)
      await clock.advance(8_000)
      expect(told).to.deep.equal([`unfit ${url} failed: no answer within 1000 ms`, `unfit ${url} answers 500`])
    })

    it('asks about 30 times a minute while all is well, and less than 10 times while it is not', async () => {
      await open(url)
      await clock.advance(60_000)
      expect(asked).to.have.length(31)
      reply = refused
      await clock.advance(60_000)
      asked = []
      await clock.advance(60_000)
      expect(asked).to.have.length.within(7, 9)
    })

    it('heeds no answer that comes after it was closed', async () => {
      reply = answer(200)
      const opened = open(url)
      gate.close()
      await opened
      expect(told).to.deep.equal([])
      expect(clock.pending).to.equal(0)
    })

    it('asks no more once it is closed', async () => {
      await open(url)
      gate.close()
      await clock.advance(60_000)
      expect(asked).to.have.length(1)
      expect(clock.pending).to.equal(0)
    })
  })

  describe('without a URL', () => {
    it('is always open, and looks after kube-proxy at its usual place', async () => {
      reply = answer(503)
      await open(undefined)
      await clock.advance(60_000)
      expect(gate.fitness).to.equal('fit')
      expect(gate.fault).to.equal('http://127.0.0.1:10256/healthz answers 503')
      expect(asked).to.have.length.below(6)
    })

    it('finds nothing wrong where there is no kube-proxy', async () => {
      reply = refused
      await open(undefined)
      await clock.advance(600_000)
      expect(gate.fault).to.equal(undefined)
    })

    it('finds it wrong where there was one', async () => {
      await open(undefined)
      reply = refused
      await clock.advance(60_000)
      expect(gate.fault).to.equal('http://127.0.0.1:10256/healthz refuses connections')
    })
  })
})
