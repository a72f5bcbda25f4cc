import { expect } from 'chai'
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

  function start() {
    const source = new FakeLinks()
    const table = new InterfaceTable(undefined)
    const seen: string[][] = []
    const errors: unknown[] = []
    const watching = watchInterfaces({
      table,
      source,
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

  it('reports when reading again fails, and tries again at the next event', async () => {
    const { source, errors, table, watching } = start()
    source.answer([link(1)])
    await watching
    source.emit({ type: 'overrun' })
    source.refuse(new Error('no memory'))
    await new Promise(setImmediate)
    expect(errors).to.have.length(1)
    expect(names(table)).to.deep.equal(['eth1'])
    source.emit({ type: 'link', link: link(2) })
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
