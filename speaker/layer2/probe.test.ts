import { expect } from 'chai'
import { VirtualClock } from '../../kube/testing/virtual-clock.ts'
import { parseAddress } from '../../net/address.ts'
import { parseMac } from '../../net/mac.ts'
import { ENOBUFS } from '../../net/rawnet/constants.ts'
import { arpOperation, decodeArpFrame, encodeArpFrame } from './arp.ts'
import { probeAddress } from './probe.ts'
import { FakeSocket } from './testing/fake-socket.ts'

const own = parseMac('02:00:00:00:00:01')
const stranger = parseMac('02:00:00:00:00:99')
const address = parseAddress('192.0.2.10')

const claimOf = (mac: Uint8Array) =>
  encodeArpFrame({
    ...{ destination: own, source: mac, operation: arpOperation.reply, senderMac: mac, targetMac: own },
    ...{ senderAddress: Number(address.value), targetAddress: 0 },
  })

describe('a probe for an address', () => {
  let clock: VirtualClock
  let socket: FakeSocket
  const start = () => probeAddress({ interface: { index: 7, mac: own }, address, clock, open: () => socket.asSocket() })

  beforeEach(() => {
    clock = new VirtualClock()
    socket = new FakeSocket()
  })

  it('asks three times within 300 ms, from no address, and finds it free when nobody answers', async () => {
    const answer = start()
    await clock.advance(299)
    expect(socket.sent).to.have.length(3)
    expect(decodeArpFrame(socket.sent[2]!)).to.include({ senderAddress: 0, targetAddress: Number(address.value) })
    expect(socket.closed).to.equal(false)
    await clock.advance(1)
    expect(await answer).to.deep.equal([])
    expect(socket.closed).to.equal(true)
  })

  it('names everybody who answers once, and not itself', async () => {
    const answer = start()
    socket.deliver(claimOf(stranger), claimOf(own))
    await clock.advance(250)
    socket.deliver(claimOf(stranger), claimOf(parseMac('02:00:00:00:00:98')))
    await clock.advance(50)
    expect(await answer).to.deep.equal(['02:00:00:00:00:99', '02:00:00:00:00:98'])
  })

  it('says so when nothing could be sent, or the interface fails, and leaves no socket behind', async () => {
    socket.errno = { always: ENOBUFS }
    const unsent = start().catch((error: Error) => error.message)
    await clock.advance(300)
    expect(await unsent).to.equal('the interface took no frame')
    expect(socket.closed).to.equal(true)

    socket = new FakeSocket()
    const failed = start().catch((error: Error) => error.message)
    socket.receiveBatch = () => {
      throw new Error('network is down')
    }
    socket.deliver()
    expect(await failed).to.equal('network is down')
    expect(socket.closed).to.equal(true)
  })
})
