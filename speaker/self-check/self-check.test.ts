import { expect } from 'chai'
import { VirtualClock } from '../../kube/testing/virtual-clock.ts'
import type { JournalEntry } from './journal.ts'
import { SelfCheck } from './self-check.ts'

describe('the self-check', () => {
  let clock: VirtualClock
  let check: SelfCheck
  let settings: Map<string, number>
  let hasFacts: boolean
  let readings: number
  let onReading: () => void
  let entries: JournalEntry[]
  let errors: unknown[]

  beforeEach(() => {
    clock = new VirtualClock()
    settings = new Map()
    hasFacts = true
    readings = 0
    onReading = () => undefined
    entries = []
    errors = []
    const eth0 = { name: 'eth0', isInIpv4Network: true, isWayBack: true }
    const network = { usable: [eth0], unusable: [], hasIpvs: false }
    check = new SelfCheck({
      facts: () => (hasFacts ? { network, families: new Set([4]), kubeProxyFault: undefined, lost: [] } : undefined),
      readSettings: async () => {
        readings++
        onReading()
        return new Map(settings)
      },
      ...{ clock, random: () => 0.5 },
      onChange: (entry) => entries.push(entry),
      onError: (error) => errors.push(error),
    })
  })
  afterEach(() => check.close())

  const turnForwarding = async (value: number) => {
    settings.set('net/ipv4/conf/eth0/forwarding', value)
    check.changed()
    await clock.advance(0)
  }

  it('tells a problem once, with the time when it was first seen', async () => {
    await clock.advance(5_000)
    await turnForwarding(0)
    await clock.advance(120_000)
    expect(entries).to.have.length(1)
    expect(entries[0]?.appeared.map(({ reason, since }) => `${reason} ${since}`)).to.deep.equal([
      'ForwardingOff 2026-01-01T00:00:05Z',
    ])
    expect(check.problems).to.deep.equal(entries[0]?.known)
  })

  it('tells when it is gone, and again when it is back', async () => {
    await turnForwarding(0)
    await turnForwarding(1)
    expect(entries.at(-1)).to.deep.equal({ known: [], appeared: [], gone: ['ForwardingOff'] })
    await clock.advance(60_000)
    await turnForwarding(0)
    expect(entries.at(-1)?.appeared.map(({ since }) => since)).to.deep.equal(['2026-01-01T00:01:00Z'])
  })

  it('does not tell as new what is only described otherwise', async () => {
    settings.set('net/core/rmem_max', 100)
    await turnForwarding(1)
    await clock.advance(10_000)
    settings.set('net/core/rmem_max', 200)
    await turnForwarding(1)
    expect(entries.at(-1)?.appeared).to.deep.equal([])
    expect(entries.at(-1)?.known[0]).to.include({ since: '2026-01-01T00:00:00Z' })
    expect(entries.at(-1)?.known[0]?.message).to.include('rmem_max is 200')
  })

  it('looks at what the kernel does not tell of by itself, not more often than each 30 s', async () => {
    await clock.advance(30_000)
    expect(readings).to.equal(0)
    await clock.advance(270_000)
    expect(readings).to.equal(8)
  })

  it('looks again when something changed while it looked, once', async () => {
    onReading = () => {
      if (readings === 1) for (let i = 0; i < 5; i++) check.changed()
    }
    check.changed()
    await clock.advance(0)
    expect(readings).to.equal(2)
  })

  it('waits as long as too little is known', async () => {
    hasFacts = false
    await turnForwarding(0)
    expect(readings).to.equal(0)
    hasFacts = true
    await turnForwarding(0)
    expect(entries).to.have.length(1)
  })

  it('goes on after an error', async () => {
    onReading = () => {
      if (readings === 1) throw new Error('no memory')
    }
    await turnForwarding(0)
    expect(errors).to.have.length(1)
    await clock.advance(40_000)
    expect(entries).to.have.length(1)
  })

  it('does nothing once it is closed', async () => {
    onReading = () => check.close()
    await turnForwarding(0)
    await clock.advance(120_000)
    expect(entries).to.deep.equal([])
    expect(clock.pending).to.equal(0)
  })
})
