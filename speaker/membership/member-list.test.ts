import { expect } from 'chai'
import { useFakeTimers } from 'sinon'
import { until as waitUntil } from '../../hack/lab/wait.ts'
import { formatAddress, parseAddress } from '../../net/address.ts'
import { inet4Address } from '../../net/rawnet/socket-address.ts'
import { needsAddon } from '../../net/rawnet/testing/needs-addon.ts'
import type { Action } from './action.ts'
import { MemberList, type MemberListOptions } from './member-list.ts'
import { Secrets } from './secrets.ts'
import { freePort } from './testing/free-port.ts'
import { openUdpSocket } from './transport.ts'

const clock = {
  now: () => performance.now(),
  setTimeout: (run: () => void, millis: number) => setTimeout(run, millis),
  clearTimeout: (timer: unknown) => clearTimeout(timer as NodeJS.Timeout),
}

/** Each has an address of its own in 127.0.0.0/8. */
const addressOf = (number: number) => parseAddress(`127.77.0.${number}`)

describe('member lists that run', () => {
  before(needsAddon)

  let port: number
  const running = new Map<string, Running>()

  beforeEach(() => {
    port = freePort(addressOf(250)) // the same for all, as on nodes
  })
  afterEach(() => {
    for (const { list } of running.values()) list.close()
    running.clear()
  })

  interface Running {
    readonly list: MemberList
    readonly actions: Action[]
    readonly refused: string[]
  }

  const peers = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ name: `n${index + 1}`, address: addressOf(index + 1) }))

  function start(number: number, of: number, options: Partial<MemberListOptions> = {}): Running {
    const actions: Action[] = []
    const refused: string[] = []
    const name = `n${number}`
    const list = new MemberList({
      ...{ name, bind: addressOf(number), port, clock, wallMillis: Date.now() },
      secrets: new Secrets(Buffer.from('secret'), clock.now()),
      interfaces: () => ['lo'],
      onAction(action) {
        actions.push(action)
        if (action.type === 'synced') list.say({ phase: 'serving' })
      },
      onSilence: () => undefined,
      onRefused: (reason, from) => refused.push(`${reason} ${formatAddress(from)}`),
      ...options,
    })
    list.list(peers(of))
    list.start()
    const one = { list, actions, refused }
    running.set(name, one)
    return one
  }

  /** What each believes of the others: `n2 alive serving`. */
  const seen = ({ list }: Running) =>
    [...list.membership.members()].map(({ name, life, phase }) => `${name} ${life} ${phase}`).sort()

  const until = (what: string, isSo: () => boolean) =>
    waitUntil(
      what,
      () => {
        if (!isSo()) throw new Error([...running.values()].map(seen).join(' | '))
        return true
      },
      { intervalMillis: 5 },
    )

  const isServing = (one: Running, ...names: string[]) =>
    names.every((name) => seen(one).includes(`${name} alive serving`))

  it('know of each other that they serve, and hear of one that leaves', async () => {
    const [one, two, three] = [start(1, 3), start(2, 3), start(3, 3)]
    await until(
      'all serve',
      () => isServing(one, 'n2', 'n3') && isServing(two, 'n1', 'n3') && isServing(three, 'n1', 'n2'),
    )
    await three.list.leave()
    three.list.close()
    await until('n3 has left', () => [one, two].every((it) => seen(it).includes('n3 dead leaving')))
    expect([one, two, three].flatMap(({ refused }) => refused)).to.deep.equal([])
  })

  it('do not wait for the silence of one that is gone without a word, since its kernel answers that nobody listens', async () => {
    const constants = { heartbeatMillis: 100, voteMillis: 60_000 }
    const [one, two, three] = [start(1, 3, { constants }), start(2, 3, { constants }), start(3, 3, { constants })]
    await until(
      'all serve',
      () => isServing(one, 'n2', 'n3') && isServing(two, 'n1', 'n3') && isServing(three, 'n1', 'n2'),
    )
    three.list.close()
    await until('n3 is dead', () => [one, two].every((it) => it.list.membership.member('n3')?.life === 'dead'))
  })

  it('know one again that has started anew', async () => {
    const [one] = [start(1, 2), start(2, 2)]
    await until('n2 serves', () => isServing(one!, 'n2'))
    running.get('n2')!.list.close()
    await until('n2 is dead', () => one!.list.membership.member('n2')?.life === 'dead')
    start(2, 2, { wallMillis: Date.now() - 3_600_000 }) // the calendar was set back meanwhile
    await until('n2 serves again', () => isServing(one!, 'n2'))
    expect(one!.refused).to.deep.equal([])
  })

  it('do not mind that somebody sets the clock', async () => {
    const [one, two] = [start(1, 2), start(2, 2)]
    await until('they serve', () => isServing(one, 'n2') && isServing(two, 'n1'))
    const changesBefore = one.actions.length
    const dates = useFakeTimers({ toFake: ['Date'], now: Date.now() })
    try {
      for (const hours of [1, -2, 24]) {
        dates.setSystemTime(Date.now() + hours * 3_600_000)
        const sentBefore = one.list.counters().received
        await until('three heartbeats have come', () => one.list.counters().received > sentBefore + 3)
      }
    } finally {
      dates.restore()
    }
    expect(one.actions.slice(changesBefore)).to.deep.equal([])
  })

  it('refuse one with another secret, count it, and are heard by each other all the same', async () => {
    const [one, two] = [start(1, 3), start(2, 3)]
    start(3, 3, { secrets: new Secrets(Buffer.from('another'), clock.now()) })
    await until('n1 and n2 serve', () => isServing(one, 'n2') && isServing(two, 'n1'))
    await until('n3 is refused', () => (one.list.counters().refused.get('foreign') ?? 0) > 2)
    expect(one.refused[0]).to.equal('foreign 127.77.0.3')
    expect(seen(one)).to.deep.equal(['n2 alive serving', 'n3 absent starting'])
  })

  it('refuse datagrams of another protocol, and go on', async () => {
    const [one, two] = [start(1, 2), start(2, 2)]
    await until('they serve', () => isServing(one, 'n2') && isServing(two, 'n1'))
    const stranger = openUdpSocket(addressOf(9), 0)
    const to = inet4Address({ address: Uint8Array.of(127, 77, 0, 1), port })
    for (const text of ['', '\x00memberlist', '\xb1', '\xb1'.repeat(300)])
      stranger.send(Buffer.from(text, 'latin1'), to)
    stranger.close()
    await until('they are refused', () => one.refused.length === 4)
    expect(one.refused).to.deep.equal([
      ...['malformed 127.77.0.9', 'version 127.77.0.9', 'malformed 127.77.0.9', 'malformed 127.77.0.9'],
    ])
    expect(isServing(one, 'n2')).to.equal(true)
  })

  it('ask around before they take themselves for deaf, and hear again with the first frame', async () => {
    let frames = 0
    let silences = 0
    const frameCounts = () => new Map([['lo', frames]])
    const alone = start(1, 2, { frameCounts, onSilence: () => silences++ })
    await until('it is deaf', () => alone.list.membership.own.isDeaf)
    expect(silences).to.be.within(2, 5)
    frames++
    await until('it hears', () => !alone.list.membership.own.isDeaf)
    expect(alone.actions.map(({ type }) => type)).to.include.members(['deaf', 'hearing'])
  })

  it('are not deaf while something comes from the wire, nor with nobody to hear', async () => {
    let frames = 0
    const busy = start(1, 2, { frameCounts: () => new Map([['lo', frames++]]) })
    const only = start(8, 0, { frameCounts: () => new Map() })
    await until('it was looked at for longer than a deaf one waits', () => frames > 6)
    for (const { list, actions } of [busy, only]) {
      expect(list.membership.own.isDeaf).to.equal(false)
      expect(actions.map(({ type }) => type)).not.to.include('deaf')
    }
  })

  it('read what waits in the socket before a timer that comes late accuses anybody', async () => {
    const [one, two] = [start(1, 2), start(2, 2)]
    await until('they serve', () => isServing(one, 'n2') && isServing(two, 'n1'))
    const events: string[] = []
    const { membership } = one.list
    const step = membership.step.bind(membership)
    membership.step = (event, nowMillis) => {
      events.push(event.type)
      return step(event, nowMillis)
    }
    two.list.say({ links: [{ mac: '02:00:00:00:00:02' }] })
    const endMillis = clock.now() + 200
    while (clock.now() < endMillis);
    await until('it is awake', () => events.length > 0)
    expect(events[0]).to.equal('received')
  })
})
