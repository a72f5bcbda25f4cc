import { expect } from 'chai'
import { type SinonFakeTimers, useFakeTimers } from 'sinon'
import type { Link, NetlinkEvent } from '../../net/netlink.ts'
import { type LinkSource, watchInterfaces } from './interface-watch.ts'
import { InterfaceTable } from './interfaces.ts'

const link = (index: number, changes: Partial<Link> = {}): Link => ({
  index,
  name: `eth${index}`,
  flags: 0,
  up: true,
  lowerUp: true,
  broadcast: true,
  noArp: false,
  loopback: false,
  master: undefined,
  hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, index),
  mtu: 1500,
  kind: undefined,
  ...changes,
})

/** A kernel whose answers the test gives. */
class FakeLinks implements LinkSource {
  emit: (event: NetlinkEvent) => void = () => undefined
  /** Of each reading, in the order they were begun. */
  readonly answers: ((links: Link[]) => void)[] = []
  refuse: (error: Error) => void = () => undefined
  closed = false

  readonly dumpAddresses = async () => []

  readonly dumpLinks = (): Promise<Link[]> =>
    new Promise((resolve, reject) => {
      this.answers.push(resolve)
      this.refuse = reject
    })

  /** To the reading begun last. */
  answer(links: Link[]): void {
    this.answers.at(-1)!(links)
  }

  readonly subscribe: LinkSource['subscribe'] = ({ onEvent }) => {
    this.emit = onEvent
    return {
      close: () => {
        this.closed = true
      },
    }
  }
}

describe('watchInterfaces', () => {
  const names = (table: InterfaceTable) => table.suitable().map(({ name }) => name)

  let timers: SinonFakeTimers

  beforeEach(() => {
    timers = useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  })
  afterEach(() => timers.restore())

  function start(random = 0.5) {
    const source = new FakeLinks()
    const table = new InterfaceTable(undefined)
    const seen: string[][] = []
    const errors: unknown[] = []
    const watching = watchInterfaces({
      table,
      source,
      clock: {
        setTimeout: (run, millis) => setTimeout(run, millis),
        clearTimeout: (timer) => clearTimeout(timer as number),
      },
      random: () => random,
      onChange: () => seen.push(names(table)),
      onError: (error) => errors.push(error),
    })
    return { source, table, seen, errors, watching }
  }

  it('reads all links, then follows the events', async () => {
    const { source, seen, watching } = start()
    source.answer([link(1)])
    await watching
    source.emit({ type: 'link', link: link(2) })
    source.emit({ type: 'link-removed', link: link(1) })
    expect(seen).to.deep.equal([['eth1'], ['eth1', 'eth2'], ['eth2']])
  })

  it('trusts an event that came during the reading more than what was read', async () => {
    const { source, seen, watching } = start()
    source.emit({ type: 'link', link: link(1, { up: false }) })
    source.answer([link(1), link(2)])
    await watching
    expect(seen).to.deep.equal([['eth2']])
  })

  it('reads again when events were lost', async () => {
    const { source, table, watching } = start()
    source.answer([link(1)])
    await watching
    source.emit({ type: 'overrun' })
    source.answer([link(3)])
    await new Promise(setImmediate)
    expect(names(table)).to.deep.equal(['eth3'])
  })

  it('takes what was read last, although an older reading ends after it', async () => {
    const { source, table, watching } = start()
    source.emit({ type: 'overrun' })
    source.answers[1]!([link(2)])
    await new Promise(setImmediate)
    source.answers[0]!([link(1)])
    await watching
    expect(names(table)).to.deep.equal(['eth2'])
  })

  it('has started only when the table is whole, although events were lost during the first reading', async () => {
    const { source, table, watching } = start()
    let started = false
    void watching.then(() => {
      started = true
    })
    source.emit({ type: 'overrun' })
    source.answers[0]!([link(1)])
    await new Promise(setImmediate)
    expect(started).to.equal(false)
    source.answers[1]!([link(2)])
    await watching
    expect(names(table)).to.deep.equal(['eth2'])
  })

  it('changes nothing any more when it is closed while links are read', async () => {
    const { source, seen, watching } = start()
    source.answer([link(1)])
    const watch = await watching
    source.emit({ type: 'overrun' })
    watch.close()
    source.answer([link(2)])
    await new Promise(setImmediate)
    expect(seen).to.deep.equal([['eth1']])
    expect(source.closed).to.equal(true)
  })

  it('reports when reading again fails, and tries again by itself', async () => {
    const { source, errors, table, watching } = start()
    source.answer([link(1)])
    await watching
    source.emit({ type: 'overrun' })
    await refuse(source)
    expect(errors).to.have.length(1)
    expect(names(table)).to.deep.equal(['eth1'])
    timers.tick(1000)
    source.answer([link(2)])
    await new Promise(setImmediate)
    expect(names(table)).to.deep.equal(['eth2'])
    expect(timers.countTimers()).to.equal(0)
  })

  /** The reading begun last fails. */
  async function refuse(source: FakeLinks): Promise<void> {
    source.refuse(new Error('no memory'))
    await new Promise(setImmediate)
  }

  it('waits longer and longer between readings that fail, to a bound, and anew after success', async () => {
    const { source, watching } = start()
    source.answer([])
    await watching
    source.emit({ type: 'overrun' })
    expect(await waitsOf(source, 7)).to.deep.equal([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
    source.answer([])
    await new Promise(setImmediate)
    source.emit({ type: 'overrun' })
    expect(await waitsOf(source, 1)).to.deep.equal([1000])
  })

  /** How long it waits after each of so many failures. */
  async function waitsOf(source: FakeLinks, failures: number): Promise<number[]> {
    const waits: number[] = []
    for (let i = 0; i < failures; i++) {
      await refuse(source)
      const before = timers.now
      timers.next()
      waits.push(timers.now - before)
    }
    return waits
  }

  it('spreads the readings of many nodes', async () => {
    for (const [random, millis] of [
      [0, 750],
      [1, 1250],
    ] as const) {
      const { source, watching } = start(random)
      source.answer([])
      await watching
      source.emit({ type: 'overrun' })
      expect(await waitsOf(source, 1)).to.deep.equal([millis])
    }
  })

  it('follows events while it waits, and lets no overrun shorten the wait', async () => {
    const { source, seen, watching } = start()
    source.answer([link(1)])
    await watching
    source.emit({ type: 'overrun' })
    await refuse(source)
    source.emit({ type: 'link', link: link(1, { up: false }) })
    source.emit({ type: 'overrun' })
    expect(seen.at(-1)).to.deep.equal([])
    expect(source.answers).to.have.length(2)
  })

  for (const moment of ['while it waits', 'while it reads'] as const) {
    it(`does not try again when it is closed ${moment}`, async () => {
      const { source, errors, watching } = start()
      source.answer([])
      const watch = await watching
      source.emit({ type: 'overrun' })
      await refuse(source)
      if (moment === 'while it reads') timers.tick(1000)
      watch.close()
      await refuse(source)
      expect(timers.countTimers()).to.equal(0)
      expect(errors).to.have.length(1)
    })
  }

  it('leaves a newer reading alone when an older one fails', async () => {
    const { source, table, watching } = start()
    source.answer([])
    await watching
    source.emit({ type: 'overrun' })
    const refuseOlder = source.refuse
    source.emit({ type: 'overrun' })
    refuseOlder(new Error('no memory'))
    await new Promise(setImmediate)
    expect(timers.countTimers()).to.equal(0)
    source.answer([link(2)])
    await new Promise(setImmediate)
    expect(names(table)).to.deep.equal(['eth2'])
  })

  it('leaves no subscription behind when the first reading fails', async () => {
    const { source, watching } = start()
    source.refuse(new Error('no memory'))
    expect(await watching.catch((error: Error) => error.message)).to.equal('no memory')
    expect(source.closed).to.equal(true)
  })
})
