import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { V1Node, V1Pod } from '@kubernetes/client-node'
import { expect } from 'chai'
import { until as waitUntil } from '../hack/lab/wait.ts'
import type { Clock } from '../kube/clock.ts'
import { ObjectStore } from '../kube/store.ts'
import { formatAddress, parseAddress } from '../net/address.ts'
import { needsAddon } from '../net/rawnet/testing/needs-addon.ts'
import { MemberFellows } from './member-fellows.ts'
import { freePort } from './membership/testing/free-port.ts'
import { defaultPace } from './ownership/pace.ts'

const addressOf = (number: number) => `127.78.0.${number}`

/** A clock that is so many times faster than the world. */
const fast = (times: number): Clock => ({
  now: () => performance.now() * times,
  wallTime: () => new Date(),
  setTimeout: (run, millis) => setTimeout(run, millis / times),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
})

const pod = (number: number): V1Pod => ({
  metadata: { namespace: 'metallb-system', name: `speaker-n${number}` },
  spec: { nodeName: `n${number}`, containers: [] },
  status: {
    ...{ phase: 'Running', podIPs: [{ ip: addressOf(number) }] },
    conditions: [{ type: 'Ready', status: 'True' }],
  },
})

describe('fellows that hear each other', () => {
  before(needsAddon)

  let port: number
  let directory: string
  const running: Running[] = []

  beforeEach(() => {
    port = freePort(parseAddress(addressOf(250)))
    directory = mkdtempSync(join(tmpdir(), 'secret-'))
    writeFileSync(join(directory, 'secretkey'), 'secret')
  })
  afterEach(() => {
    for (const { fellows } of running.splice(0)) fellows.close()
    rmSync(directory, { recursive: true })
  })

  interface Running {
    readonly fellows: MemberFellows
    readonly lines: string[]
    readonly calls: string[]
    has(event: string): boolean
  }

  function start(number: number, options: { of?: number; clock?: Clock; secretDirectory?: string }): Running {
    const { of, clock = fast(1), secretDirectory = directory } = options
    const lines: string[] = []
    const calls: string[] = []
    const note = (level: string) => (fields: object, message: string) => {
      lines.push(`${level} ${message} ${JSON.stringify(fields)}`)
    }
    const log = { debug() {}, info: note('info'), warn: note('warn'), error: note('error'), child: () => log }
    const fellows = new MemberFellows({
      ...{
        node: `n${number}`,
        log,
        clock,
        failbackMillis: 0,
        pace: defaultPace,
        gateways: () => [parseAddress('192.0.2.254')],
      },
      settings: {
        ...{ bind: parseAddress(addressOf(number)), port, secretDirectory },
        times: { heartbeatMillis: 100, voteMillis: 400 },
      },
      layer2: {
        solicit: (neighbours) => calls.push(`solicit ${neighbours.map(({ ipv4 }) => ipv4 && formatAddress(ipv4))}`),
        whereabouts: () => [
          { mac: `02:00:00:00:01:0${number}`, ipv4: parseAddress('192.0.2.1') },
          { mac: `02:00:00:00:00:0${number}`, ipv4: parseAddress(addressOf(number)) },
        ],
        interfaceNames: () => ['lo'],
      },
    })
    fellows.connect({
      conform: () => fellows.company.conformed(),
      probeOwn: () => undefined,
      announceAgain: () => undefined,
      whenElected: (run) => run(),
      changed: () => undefined,
      macsWanted: () => calls.push('macsWanted'),
    })
    const speakerPods = new ObjectStore<V1Pod>()
    for (let one = 1; one <= (of ?? 0); one++) speakerPods.apply(pod(one))
    if (of !== undefined) fellows.follow({ nodes: new ObjectStore<V1Node>(), speakerPods })
    const one = { fellows, lines, calls, has: (text: string) => lines.some((line) => line.includes(text)) }
    running.push(one)
    return one
  }

  const until = (what: string, isSo: () => boolean) => waitUntil(what, isSo, { intervalMillis: 5 })

  it('count on each other when each has elected everything once, and not before', async () => {
    const [one, two] = [start(1, { of: 2 }), start(2, { of: 2 })]
    await until('both are synced', () => one.has('"synced"') && two.has('"synced"'))
    one.fellows.settled()
    await one.fellows.hasStarted
    await until('n2 counts on n1', () => two.fellows.standings.get('n1') === 'serving')
    expect(one.fellows.standings.has('n2')).to.equal(false)
    expect([one.fellows.phase, two.fellows.phase]).to.deep.equal(['serving', 'starting'])
    expect([one.fellows.counts, two.fellows.counts]).to.deep.equal([
      { seen: 2, serving: 1 },
      { seen: 2, serving: 1 },
    ])
  })

  it('hear that one of them is not fit, or stops', async () => {
    const [one, two] = [start(1, { of: 2 }), start(2, { of: 2 })]
    for (const { fellows } of [one, two]) fellows.settled()
    await until('both serve', () => [one, two].every(({ fellows }) => fellows.counts.serving === 2))
    one.fellows.setFit(false)
    await until('n2 has heard it', () => !two.fellows.standings.has('n1'))
    one.fellows.setFit(true)
    await until('n2 has heard it', () => two.fellows.standings.get('n1') === 'serving')
    await one.fellows.leave()
    await until('n2 has heard it', () => two.has('"member":"n1","life":"dead","phase":"leaving"'))
  })

  it('tell each other where they are, and what configuration they have', async () => {
    const [one, two] = [start(1, { of: 2 }), start(2, { of: 2 })]
    one.fellows.setConfiguration(77)
    const seen = () => [...two.fellows.memberList.list.membership.members()][0]
    await until('n2 knows it', () => seen()?.configuration === 77)
    const macs = () => seen()?.links.map(({ mac }) => mac)
    // The link over which they speak comes first.
    await until('n2 knows where', () => macs()?.join() === '02:00:00:00:00:01,02:00:00:00:01:01')
  })

  it('are careful while there is a speaker that was never heard', async () => {
    const one = start(1, { of: 2, clock: fast(20) })
    one.fellows.settled()
    await one.fellows.hasStarted
    await until('n2 is missed', () => one.calls.includes('macsWanted'))
    expect(one.fellows.company.outlook.isFenced).to.equal(true)
  })

  it('ask the wire for speakers that they do not hear before they serve, when they hear nobody', async () => {
    const one = start(1, { of: 3, clock: fast(5) })
    await until('it is synced', () => one.has('"synced"'))
    expect(one.calls, 'without the five seconds of a speaker that has just become ready').to.include('macsWanted')
    one.calls.length = 0
    one.fellows.company.due(fast(5).now())
    expect(one.calls).to.deep.equal(['solicit 127.78.0.2,127.78.0.3'])
    one.fellows.settled()
    expect(one.fellows.company.outlook.isFenced).to.equal(true)
  })

  it('know with whom they have lost contact for minutes: those that are ready and not alive', async () => {
    let passedMillis = 0
    const clock: Clock = { ...fast(1), now: () => performance.now() + passedMillis }
    const [one, two] = [start(1, { of: 3, clock }), start(2, { of: 3 })]
    await until('n1 has heard n2', () => one.has('"member":"n2","life":"alive"'))
    expect(one.fellows.lostContact()).to.deep.equal([])
    passedMillis = 120_000
    expect(one.fellows.lostContact()).to.deep.equal(['n3'])
    two.fellows.close()
    await until('n1 misses n2', () => one.has('"member":"n2","life":"dead"'))
    expect(one.fellows.lostContact()).to.deep.equal(['n3'])
    passedMillis += 120_000
    expect(one.fellows.lostContact()).to.deep.equal(['n2', 'n3'])
  })

  it('ask the gateways and other nodes when they hear nothing, whether or not speakers are there', async () => {
    const one = start(1, { of: 3, clock: fast(5) })
    await until('they were asked', () => one.calls.includes('solicit 192.0.2.254,127.78.0.2,127.78.0.3'))
  })

  it('begin without the API server after a second, and know each other before they know whom to expect', async () => {
    const one = start(1, { clock: fast(5) })
    const two = start(2, { of: 2, clock: fast(5) })
    await until('n2 has heard n1', () => two.has('"member":"n1","life":"alive"'))
    expect(one.has('"synced"')).to.equal(false)
  })

  it('are warned of a missing secret, and once a minute of a foreign one', async () => {
    const two = start(2, { of: 2 })
    const one = start(1, { of: 2, secretDirectory: '' })
    expect(one.has('the member list has no secret')).to.equal(true)
    await until('many were refused', () => (two.fellows.memberList.counters().refused.get('foreign') ?? 0) > 3)
    expect(two.lines.filter((line) => line.includes('another secret'))).to.have.length(1)
    expect(two.has('"from":"127.78.0.1"')).to.equal(true)
  })
})
