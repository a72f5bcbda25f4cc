import { expect } from 'chai'
import { AF_INET, AF_PACKET, SOCK_DGRAM, SOCK_RAW } from './constants.ts'
import { interfaceIndex, openSocket, type RawSocket, ReceiveBatch } from './index.ts'
import { packetAddress } from './socket-address.ts'

/** IEEE 802 local experimental EtherType: nobody else's frames are on the loopback interface. */
const etherType = 0x88b5

const frame = (length: number, mark = 0): Buffer =>
  Buffer.concat([Buffer.alloc(12), Buffer.of(0x88, 0xb5, mark & 0xff, mark >> 8), Buffer.alloc(length - 16, 7)])

describe('a ring of received packets', () => {
  const sockets: RawSocket[] = []
  const open = (protocol: number): RawSocket => {
    const socket = openSocket(AF_PACKET, SOCK_RAW, 0)
    sockets.push(socket)
    socket.bind(packetAddress({ protocol, interfaceIndex: interfaceIndex('lo') }))
    return socket
  }
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.close()
  })

  function openPair(): { sender: RawSocket; receiver: RawSocket } {
    const receiver = open(etherType)
    receiver.mapRing({ frames: 512, frameBytes: 128 })
    return { sender: open(0), receiver }
  }

  it('brings packets as a queue would, round after round, and keeps no more than it has room for', () => {
    const { sender, receiver } = openPair()
    const batch = new ReceiveBatch({ slots: 200, slotBytes: 64 })
    for (let round = 0; round < 3; round++) {
      for (let mark = 0; mark < 700; mark++) sender.send(frame(60, mark))
      const marks: number[] = []
      for (let count = receiver.receiveBatch(batch); count > 0; count = receiver.receiveBatch(batch)) {
        for (let slot = 0; slot < count; slot++) marks.push(batch.data(slot).readUInt16LE(14))
        expect(batch.data(0)).to.deep.equal(frame(60, marks.at(-count)!))
      }
      expect(marks).to.deep.equal(Array.from({ length: 512 }, (_, mark) => mark))
    }
  })

  it('cuts what is longer than a slot or a frame, and says so', () => {
    const { sender, receiver } = openPair()
    const batch = new ReceiveBatch({ slots: 2, slotBytes: 40 })
    for (const length of [41, 40]) sender.send(frame(length))
    expect(receiver.receiveBatch(batch)).to.equal(2)
    expect([batch.truncated(0), batch.truncated(1)]).to.deep.equal([true, false])
    const roomy = new ReceiveBatch({ slots: 1, slotBytes: 1500 })
    sender.send(frame(1000))
    expect(receiver.receiveBatch(roomy)).to.equal(1)
    expect(roomy.truncated(0)).to.equal(true)
    expect(roomy.data(0).length).to.be.within(60, 128)
  })

  it('wakes the one who watches', async () => {
    const { sender, receiver } = openPair()
    const batch = new ReceiveBatch({ slots: 8, slotBytes: 64 })
    for (let round = 0; round < 3; round++) {
      const counted = new Promise<number>((resolve) => receiver.watch(() => resolve(receiver.receiveBatch(batch))))
      sender.send(frame(60))
      expect(await counted).to.equal(1)
      receiver.unwatch()
    }
  })

  it('is refused when its frames do not divide a page, on other sockets, and a second time', () => {
    const { receiver } = openPair()
    const codeOf = (act: () => void): unknown => {
      try {
        act()
      } catch (error) {
        return (error as { code?: string }).code
      }
      return undefined
    }
    const udp = openSocket(AF_INET, SOCK_DGRAM, 0)
    sockets.push(udp)
    const plain = open(etherType)
    expect(codeOf(() => plain.mapRing({ frames: 512, frameBytes: 100 }))).to.equal('EINVAL')
    expect(codeOf(() => plain.mapRing({ frames: 7, frameBytes: 128 }))).to.equal('EINVAL')
    expect(codeOf(() => udp.mapRing({ frames: 512, frameBytes: 128 }))).to.be.oneOf(['ENOPROTOOPT', 'EOPNOTSUPP'])
    expect(codeOf(() => receiver.mapRing({ frames: 512, frameBytes: 128 }))).to.equal('EBUSY')
    expect(() => plain.mapRing({ frames: 0, frameBytes: 128 })).to.throw(TypeError)
  })
})
