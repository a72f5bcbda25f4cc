import { expect } from 'chai'
import { type SinonFakeTimers, useFakeTimers } from 'sinon'
import { parseAddress } from '../../net/address.ts'
import type { Link, NetlinkEvent } from '../../net/netlink.ts'
import { type Layer2, startLayer2 } from './layer2.ts'
import { FakeSocket } from './testing/fake-socket.ts'

const ENETDOWN = 100

const link = (changes: Partial<Link> = {}): Link => ({
  ...{ index: 1, name: 'eth0', flags: 0, up: true, lowerUp: true, broadcast: true, noArp: false, loopback: false },
  ...{ master: undefined, hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, 1), mtu: 1500, kind: undefined },
  ...changes,
})

describe('layer 2', () => {
  let timers: SinonFakeTimers
  let emit: (event: NetlinkEvent) => void
  let sockets: FakeSocket[]
  let failures: Error[]
  let layer2: Layer2

  beforeEach(async () => {
    timers = useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    sockets = []
    failures = []
    layer2 = await startLayer2({
      links: {
        dumpLinks: async () => [link()],
        dumpAddresses: async () => [],
        subscribe: ({ onEvent }) => {
          emit = onEvent
          return { close: () => undefined }
        },
      },
      clock: {
        now: () => timers.now,
        setTimeout: (run, millis) => setTimeout(run, millis),
        clearTimeout: (timer) => clearTimeout(timer as number),
      },
      excluded: undefined,
      openSocket: () => {
        const socket = new FakeSocket()
        sockets.push(socket)
        return socket.asSocket()
      },
      report: {
        interfacesChanged: () => undefined,
        opened: () => undefined,
        closed: () => undefined,
        failed: (error) => failures.push(error),
      },
    })
  })
  afterEach(() => {
    layer2.close()
    expect(timers.countTimers()).to.equal(0)
    timers.restore()
  })

  const announce = (last: number) => layer2.announce(`app/${last}`, parseAddress(`192.0.2.${last}`), 'all')
  /** Of two frames each. */
  const announcements = (socket: FakeSocket | undefined) => (socket?.sent.length ?? 0) / 2

  it('announces an address five times in five seconds', () => {
    announce(1)
    timers.tick(60_000)
    expect(announcements(sockets[0])).to.equal(5)
  })

  const changes = {
    'gets another MAC': [link({ hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, 2) })],
    'was down': [link({ up: false }), link()],
  }
  for (const [change, links] of Object.entries(changes)) {
    it(`announces all addresses as often on an interface that ${change}: it may have no carrier yet`, () => {
      for (const last of [1, 2]) announce(last)
      timers.tick(60_000)
      for (const one of links) emit({ type: 'link', link: one })
      expect(announcements(sockets[1])).to.equal(2)
      timers.tick(60_000)
      expect(announcements(sockets[1])).to.equal(10)
      expect(announcements(sockets[0])).to.equal(10)
    })
  }

  it('does not trouble the other interfaces when one is opened', () => {
    announce(1)
    timers.tick(60_000)
    emit({ type: 'link', link: link({ index: 2, name: 'eth1' }) })
    timers.tick(60_000)
    expect(sockets.map(announcements)).to.deep.equal([5, 5])
  })

  it('opens a responder that failed again after a second, and announces there', () => {
    announce(1)
    timers.tick(60_000)
    sockets[0]!.errno = { always: ENETDOWN }
    for (const last of [2, 3]) announce(last)
    expect(failures).to.have.length(1)
    timers.tick(60_000)
    expect(sockets).to.have.length(2)
    expect(announcements(sockets[1])).to.equal(15)
  })

  it('is silent about an address that was withdrawn', () => {
    announce(1)
    layer2.withdraw('app/1')
    timers.tick(60_000)
    expect(announcements(sockets[0])).to.equal(1)
  })
})
