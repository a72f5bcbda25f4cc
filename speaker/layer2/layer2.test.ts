import { expect } from 'chai'
import { type SinonFakeTimers, useFakeTimers } from 'sinon'
import { parseAddress } from '../../net/address.ts'
import { parseMac } from '../../net/mac.ts'
import type { Link, LinkAddress, NetlinkEvent } from '../../net/netlink.ts'
import { parseRange } from '../../net/range.ts'
import { ENETDOWN } from '../../net/rawnet/constants.ts'
import { arpOffset, arpOperation, broadcastMac, decodeArpFrame, encodeArpFrame } from './arp.ts'
import type { Claim } from './claim.ts'
import { type Layer2, startLayer2 } from './layer2.ts'
import { reopenMillis } from './responders.ts'
import { FakeSocket } from './testing/fake-socket.ts'

const link = (changes: Partial<Link> = {}): Link => ({
  ...{ index: 1, name: 'eth0', flags: 0, up: true, lowerUp: true, broadcast: true, noArp: false, loopback: false },
  ...{ master: undefined, hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, 1), mtu: 1500, kind: undefined },
  ...changes,
})

const address = (last: number) => parseAddress(`192.0.2.${last}`)

describe('layer 2', () => {
  let timers: SinonFakeTimers
  let emit: (event: NetlinkEvent) => void
  let links: Link[]
  let sockets: FakeSocket[]
  /** What they were opened with. */
  let filters: Uint8Array[]
  let failures: Error[]
  let claims: Claim[]
  let hearing: boolean[]
  let canOpen: boolean
  let layer2: Layer2

  beforeEach(() => {
    timers = useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'queueMicrotask'] })
    links = [link()]
    sockets = []
    filters = []
    failures = []
    claims = []
    hearing = []
    canOpen = true
  })
  afterEach(() => {
    layer2.close()
    expect(timers.countTimers()).to.equal(0)
    timers.restore()
  })

  async function start(announceIntervalMillis?: number): Promise<void> {
    layer2 = await startLayer2({
      links: {
        dumpLinks: async () => links,
        dumpAddresses: async (): Promise<LinkAddress[]> => [],
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
      announceIntervalMillis,
      openSocket: ({ filters: [first] }) => {
        if (!canOpen) throw new Error('no socket')
        filters.push(first!)
        const socket = new FakeSocket()
        sockets.push(socket)
        return socket.asSocket()
      },
      report: {
        interfacesChanged: () => undefined,
        opened: () => undefined,
        closed: () => undefined,
        failed: (error) => failures.push(error),
        claim: (claim) => claims.push(claim),
        hearing: (can) => hearing.push(can),
      },
    })
  }

  function own(...lasts: number[]): void {
    for (const last of lasts) {
      layer2.hold(`app/${last}`, address(last), 'all')
      layer2.answer(address(last), 'own')
    }
    timers.tick(0)
  }

  /** Of two frames each. */
  const announcements = (socket: FakeSocket | undefined) => (socket?.sent.length ?? 0) / 2
  const arpFrames = (socket: FakeSocket | undefined) => (socket?.sent ?? []).map(decodeArpFrame)

  it('announces an address five times in five seconds', async () => {
    await start()
    own(1)
    timers.tick(60_000)
    expect(announcements(sockets[0])).to.equal(5)
  })

  const changes = {
    'gets another MAC': [link({ hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, 2) })],
    'has another name': [link({ name: 'lan0' })],
    'was down': [link({ up: false }), link()],
    'was part of a bridge': [link({ master: 9 }), link()],
  }
  for (const [change, events] of Object.entries(changes)) {
    it(`announces all addresses as often on an interface that ${change}`, async () => {
      await start()
      own(1, 2)
      timers.tick(60_000)
      for (const one of events) emit({ type: 'link', link: one })
      timers.tick(0)
      expect(sockets[0]!.closed).to.equal(true)
      expect(announcements(sockets[1])).to.equal(2)
      timers.tick(60_000)
      expect(announcements(sockets[1])).to.equal(10)
      expect(announcements(sockets[0])).to.equal(10)
    })
  }

  it('announces all addresses as often when a carrier is back, however long after', async () => {
    await start()
    own(1, 2)
    timers.tick(60_000)
    emit({ type: 'link', link: link({ lowerUp: false }) })
    emit({ type: 'link', link: link() })
    emit({ type: 'link', link: link() })
    timers.tick(60_000)
    expect(sockets).to.have.length(1)
    expect(announcements(sockets[0])).to.equal(20)
  })

  it('does not trouble the other interfaces when one is opened', async () => {
    await start()
    own(1)
    timers.tick(60_000)
    emit({ type: 'link', link: link({ index: 2, name: 'eth1' }) })
    timers.tick(60_000)
    expect(sockets.map(announcements)).to.deep.equal([5, 5])
    expect(layer2.interfaceNames()).to.deep.equal(['eth0', 'eth1'])
  })

  it('opens a responder that failed again a moment later, announces there, and tells the failure once', async () => {
    await start()
    own(1)
    timers.tick(60_000)
    sockets[0]!.errno = { always: ENETDOWN }
    canOpen = false
    own(2, 3)
    timers.tick(10 * reopenMillis)
    expect(failures).to.have.length(1)
    canOpen = true
    timers.tick(reopenMillis)
    expect(sockets).to.have.length(2)
    timers.tick(60_000)
    expect(announcements(sockets[1])).to.equal(15)
  })

  it('tells the next failure too, once the interface was gone', async () => {
    await start()
    canOpen = false
    const another = link({ index: 2, name: 'eth1' })
    emit({ type: 'link', link: another })
    emit({ type: 'link-removed', link: another })
    emit({ type: 'link', link: another })
    expect(failures).to.have.length(2)
  })

  it('tells that it hears nobody while no socket is left', async () => {
    await start()
    emit({ type: 'link', link: link({ index: 2, name: 'eth1' }) })
    emit({ type: 'link', link: link({ up: false }) })
    expect(hearing).to.deep.equal([true])
    canOpen = false
    layer2.hold('app/1', address(1), 'all')
    sockets[1]!.errno = { always: ENETDOWN }
    own(1)
    expect(hearing).to.deep.equal([true, false])
    canOpen = true
    timers.tick(reopenMillis)
    expect(hearing).to.deep.equal([true, false, true])
  })

  it('tells so from the start when there is no interface', async () => {
    links = []
    await start()
    expect(hearing).to.deep.equal([false])
  })

  it('is silent about an address that was released, and about one that has no role any more', async () => {
    await start()
    own(1, 2)
    layer2.release('app/1')
    layer2.answer(address(2), 'nobody')
    timers.tick(60_000)
    expect(announcements(sockets[0])).to.equal(2)
  })

  it('begins no burst for an address that is only held, or answered for another node', async () => {
    await start()
    layer2.hold('app/1', address(1), 'all')
    layer2.hold('app/2', address(2), 'all')
    layer2.answer(address(2), { mac: () => Uint8Array.of(2, 0, 0, 0, 0, 9) })
    layer2.announceAgain('all')
    timers.tick(60_000)
    expect(sockets[0]!.sent).to.deep.equal([])
  })

  it('announces again at once what is its own, and begins the burst anew', async () => {
    await start()
    own(1, 2)
    timers.tick(3000)
    const before = announcements(sockets[0])
    layer2.announceAgain([address(1)])
    timers.tick(0)
    expect(announcements(sockets[0])).to.equal(before + 1)
    layer2.announceAgain('all')
    timers.tick(0)
    expect(announcements(sockets[0])).to.equal(before + 3)
    timers.tick(60_000)
    expect(announcements(sockets[0])).to.equal(before + 1 + 10)
  })

  it('repeats all announcements slowly when it is asked to', async () => {
    await start(60_000)
    own(1, 2)
    timers.tick(30_000)
    expect(announcements(sockets[0])).to.equal(10)
    timers.tick(600_000)
    expect(announcements(sockets[0]) - 10).to.be.within(18, 22)
  })

  it('asks for addresses as one who does not have them, on the interfaces that are allowed', async () => {
    links = [link(), link({ index: 2, name: 'eth1', hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, 2) })]
    await start()
    layer2.hold('app/1', address(1), ['eth1'])
    layer2.hold('app/2', address(2), 'all')
    layer2.probe([address(1), address(2), address(3)])
    timers.tick(0)
    const asked = sockets.map((socket) => arpFrames(socket).map((frame) => frame.targetAddress & 255))
    expect(asked).to.deep.equal([[2], [1, 2]])
    expect(arpFrames(sockets[0])[0]).to.deep.include({ operation: 1, senderAddress: 0, destination: broadcastMac })
  })

  it('asks another node alone whether it is still there', async () => {
    await start()
    layer2.solicit([{ mac: '02:00:00:00:00:99', ipv4: address(99) }])
    expect(arpFrames(sockets[0])[0]).to.deep.include({
      ...{ destination: parseMac('02:00:00:00:00:99'), operation: 1 },
      ...{ senderAddress: 0, targetAddress: Number(address(99).value) },
    })
  })

  it('passes claims on, but not what another interface of its own has sent', async () => {
    links = [link(), link({ index: 2, name: 'eth1', hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, 2) })]
    await start()
    own(1)
    const announcement = (source: Uint8Array) =>
      encodeArpFrame({
        ...{ destination: broadcastMac, source, operation: arpOperation.reply, senderMac: source },
        ...{
          senderAddress: Number(address(1).value),
          targetMac: broadcastMac,
          targetAddress: Number(address(1).value),
        },
      })
    sockets[0]!.deliver(announcement(parseMac('02:00:00:00:00:02')), announcement(parseMac('02:00:00:00:00:99')))
    expect(claims.map(({ mac, kind }) => `${mac} ${kind}`)).to.deep.equal(['02:00:00:00:00:99 announcement'])
  })

  it('hears of a MAC of its own from somebody who stands in for it', async () => {
    await start()
    own(1)
    const reply = encodeArpFrame({
      ...{ destination: parseMac('02:00:00:00:00:01'), source: parseMac('02:00:00:00:00:99'), operation: 2 },
      ...{ senderMac: parseMac('02:00:00:00:00:01'), senderAddress: Number(address(1).value) },
      ...{ targetMac: parseMac('02:00:00:00:00:01'), targetAddress: 0 },
    })
    sockets[0]!.deliver(reply)
    expect(claims[0]).to.include({ mac: '02:00:00:00:00:01', sender: '02:00:00:00:00:99', kind: 'reply' })
  })

  it('narrows the filters of all sockets to the pools, also of those opened later', async () => {
    await start()
    layer2.setRanges([parseRange('192.0.2.0/24')])
    const { filter } = sockets[0]!
    expect(filter).not.to.equal(undefined)
    emit({ type: 'link', link: link({ up: false }) })
    emit({ type: 'link', link: link() })
    expect(filters[1]).to.deep.equal(filter)
  })

  it('answers in the name of another node with the MAC that it has on that interface', async () => {
    await start()
    layer2.hold('app/1', address(1), 'all')
    layer2.answer(address(1), { mac: (name) => (name === 'eth0' ? Uint8Array.of(2, 0, 0, 0, 0, 9) : undefined) })
    const request = encodeArpFrame({
      ...{ destination: broadcastMac, source: parseMac('02:00:00:00:00:99'), operation: arpOperation.request },
      ...{ senderMac: parseMac('02:00:00:00:00:99'), senderAddress: 1, targetMac: new Uint8Array(6) },
      targetAddress: Number(address(1).value),
    })
    sockets[0]!.deliver(request)
    expect([...sockets[0]!.sent[0]!.subarray(arpOffset.senderMac, arpOffset.senderMac + 6)]).to.deep.equal([
      2, 0, 0, 0, 0, 9,
    ])
  })
})
