import { expect } from 'chai'
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  ECONNREFUSED,
  IP_RECVERR,
  IP_RECVTTL,
  IP_TTL,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_RECVERR,
  SO_RCVBUF,
  SO_SNDBUF,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
} from './constants.ts'
import { decodeControlMessages } from './control-message.ts'
import { extendedError } from './extended-error.ts'
import { encodeFilter } from './filter.ts'
import { FrameBatch, interfaceIndex, openSocket, RawnetError, type RawSocket, ReceiveBatch } from './index.ts'
import { abstractUnixAddress, decodeInetAddress, inet4Address, inet6Address } from './socket-address.ts'
import { needsAddon } from './testing/needs-addon.ts'

const loopback = Uint8Array.of(127, 0, 0, 1)
const loopback6 = Uint8Array.of(...new Uint8Array(15), 1)

describe('rawnet', () => {
  before(needsAddon)

  const opened: RawSocket[] = []

  afterEach(() => {
    for (const socket of opened.splice(0)) socket.close()
  })

  function open(domain: number, type = SOCK_DGRAM): RawSocket {
    const socket = openSocket(domain, type, 0)
    opened.push(socket)
    return socket
  }

  function openReceiver(): RawSocket {
    const socket = open(AF_INET)
    socket.bind(inet4Address({ address: loopback, port: 0 }))
    return socket
  }

  /** Two datagram sockets; what the first sends arrives at the second at once. */
  function openPair(): [RawSocket, RawSocket] {
    const receiver = openReceiver()
    const sender = open(AF_INET)
    sender.connect(receiver.localAddress())
    return [sender, receiver]
  }

  describe('a batch', () => {
    it('brings many messages in one call, each with exactly its bytes and its sender', () => {
      const [sender, receiver] = openPair()
      const messages = [1, 2, 3, 700, 0].map((length) => ({ data: Buffer.alloc(length, length) }))
      expect(sender.sendBatch(messages)).to.equal(5)
      const batch = new ReceiveBatch({ slots: 8, slotBytes: 1500 })
      expect(receiver.receiveBatch(batch)).to.equal(5)
      for (const [slot, { data }] of messages.entries()) {
        expect(batch.data(slot)).to.deep.equal(data)
        expect(batch.from(slot)).to.deep.equal(sender.localAddress())
        expect(batch.truncated(slot)).to.equal(false)
      }
    })

    it('takes no more than its slots and leaves the rest for the next call', () => {
      const [sender, receiver] = openPair()
      sender.sendBatch(Array.from({ length: 5 }, (_, index) => ({ data: Uint8Array.of(index) })))
      const batch = new ReceiveBatch({ slots: 3, slotBytes: 10 })
      expect(receiver.receiveBatch(batch)).to.equal(3)
      expect(receiver.receiveBatch(batch)).to.equal(2)
      expect([...batch.data(0)]).to.deep.equal([3])
      expect(receiver.receiveBatch(batch)).to.equal(0)
    })

    it('tells which message was longer than its slot', () => {
      const [sender, receiver] = openPair()
      sender.sendBatch([{ data: Buffer.alloc(11) }, { data: Buffer.alloc(10) }])
      const batch = new ReceiveBatch({ slots: 2, slotBytes: 10 })
      receiver.receiveBatch(batch)
      expect([batch.truncated(0), batch.truncated(1)]).to.deep.equal([true, false])
      expect(batch.data(0)).to.have.length(10)
    })

    it('shows the received bytes without copying and without a new view for each message', () => {
      const [sender, receiver] = openPair()
      const batch = new ReceiveBatch({ slots: 1, slotBytes: 10 })
      sender.send(Uint8Array.of(1, 2))
      receiver.receiveBatch(batch)
      const view = batch.data(0)
      sender.send(Uint8Array.of(3, 4))
      receiver.receiveBatch(batch)
      expect(batch.data(0)).to.equal(view)
      expect([...view]).to.deep.equal([3, 4])
    })

    it('brings control messages', () => {
      const [sender, receiver] = openPair()
      receiver.setOption(IPPROTO_IP, IP_RECVTTL, 1)
      sender.setOption(IPPROTO_IP, IP_TTL, 255)
      sender.send(Uint8Array.of(1))
      const batch = new ReceiveBatch({ slots: 1, slotBytes: 10, controlBytes: 64 })
      receiver.receiveBatch(batch)
      const messages = [...decodeControlMessages(batch.control(0))]
      expect(messages.map(({ level, type, data }) => ({ level, type, value: data[0] }))).to.deep.equal([
        { level: IPPROTO_IP, type: IP_TTL, value: 255 },
      ])
    })

    it('counts control messages that did not fit as truncated', () => {
      const [sender, receiver] = openPair()
      receiver.setOption(IPPROTO_IP, IP_RECVTTL, 1)
      sender.send(Uint8Array.of(1))
      const batch = new ReceiveBatch({ slots: 1, slotBytes: 10, controlBytes: 8 })
      receiver.receiveBatch(batch)
      expect(batch.truncated(0)).to.equal(true)
    })

    it('takes frames of one length from a block, from any of them on', () => {
      const [sender, receiver] = openPair()
      const frames = new FrameBatch({ slots: 4, frameBytes: 3 })
      for (const [slot, frame] of frames.frames.entries()) frame.fill(slot)
      expect(sender.sendFrames(frames, 1, 2)).to.equal(2)
      const batch = new ReceiveBatch({ slots: 4, slotBytes: 10 })
      expect(receiver.receiveBatch(batch)).to.equal(2)
      expect([0, 1].map((slot) => [...batch.data(slot)])).to.deep.equal([
        [1, 1, 1],
        [2, 2, 2],
      ])
      expect(sender.sendFrames(frames, 0, 0)).to.equal(0)
    })

    it('takes no frames that are not in the block', () => {
      const [sender] = openPair()
      const frames = new FrameBatch({ slots: 4, frameBytes: 3 })
      for (const [first, count] of [
        [3, 2],
        [-1, 1],
        [5, 0],
        [0, -1],
        [0, 2 ** 31 - 1],
      ] as const) {
        expect(() => sender.sendFrames(frames, first, count), `${first} ${count}`).to.throw(TypeError)
      }
    })

    it('sends to the address of each message', () => {
      const receivers = [openReceiver(), openReceiver()] as const
      const messages = receivers.map((receiver, index) => ({ data: Uint8Array.of(index), to: receiver.localAddress() }))
      expect(open(AF_INET).sendBatch(messages)).to.equal(2)
      const batch = new ReceiveBatch({ slots: 2, slotBytes: 10 })
      for (const [index, receiver] of receivers.entries()) {
        expect(receiver.receiveBatch(batch)).to.equal(1)
        expect([...batch.data(0)]).to.deep.equal([index])
      }
    })

    it('is taken in part, and then not at all, by a socket whose peer does not read', () => {
      const [sender, receiver] = [open(AF_UNIX), open(AF_UNIX)]
      receiver.bind(abstractUnixAddress(`rawnet-test-${process.pid}`))
      sender.connect(receiver.localAddress())
      sender.setOption(SOL_SOCKET, SO_SNDBUF, 4608)
      const messages = Array.from({ length: 300 }, () => ({ data: Buffer.alloc(1000) }))
      expect(sender.sendBatch(messages)).to.be.within(1, 255)
      expect(sender.sendBatch(messages)).to.equal(0)
    })

    it('takes at most 256 messages of a longer list', () => {
      const [sender] = openPair()
      expect(sender.sendBatch(Array.from({ length: 300 }, () => ({ data: new Uint8Array(0) })))).to.equal(256)
    })

    it('needs 1 to 256 slots', () => {
      for (const slots of [0, 257, Number.NaN]) {
        expect(() => new ReceiveBatch({ slots, slotBytes: 10 })).to.throw(RangeError, '1 to 256 slots')
      }
      expect(() => new ReceiveBatch({ slots: 1, slotBytes: 1 }).data(1)).to.throw(RangeError, 'slot 1')
    })
  })

  describe('an error', () => {
    it('has the code, the number and the name of the call that failed', () => {
      expect(() => open(12345))
        .to.throw(RawnetError, 'socket: address family not supported')
        .that.includes({ code: 'EAFNOSUPPORT', errno: 97, syscall: 'socket' })
    })

    const refused: [string, string, (socket: RawSocket) => unknown][] = [
      ['bind', 'EINVAL', (socket) => socket.bind(Uint8Array.of(2, 0))],
      ['connect', 'EINVAL', (socket) => socket.connect(Uint8Array.of(2, 0))],
      ['listen', 'ENOTSUP', (socket) => socket.listen(1)],
      ['setsockopt', 'ENOPROTOOPT', (socket) => socket.setOption(SOL_SOCKET, 9999, 1)],
      ['setsockopt', 'EINVAL', (socket) => socket.attachFilter(new Uint8Array(7))],
      ['getsockopt', 'ENOPROTOOPT', (socket) => socket.getOption(SOL_SOCKET, 9999, 4)],
      ['sendto', 'EDESTADDRREQ', (socket) => socket.send(Uint8Array.of(1))],
      ['sendmmsg', 'EDESTADDRREQ', (socket) => socket.sendBatch([{ data: Uint8Array.of(1) }])],
    ]
    for (const [syscall, code, call] of refused) {
      it(`of ${syscall} is thrown as ${code}`, () => {
        const socket = open(AF_INET)
        expect(() => call(socket))
          .to.throw(RawnetError)
          .that.includes({ syscall, code })
      })
    }

    it('that was waiting on the socket is thrown by the next receive, once', () => {
      const receiver = openReceiver()
      const sender = open(AF_INET)
      sender.connect(receiver.localAddress())
      receiver.close()
      sender.send(Uint8Array.of(1))
      const batch = new ReceiveBatch({ slots: 1, slotBytes: 10 })
      expect(() => sender.receiveBatch(batch))
        .to.throw(RawnetError)
        .that.includes({ code: 'ECONNREFUSED' })
      expect(sender.receiveBatch(batch)).to.equal(0)
    })
  })

  describe('options', () => {
    it('are set by number or by bytes, and read back', () => {
      const socket = open(AF_INET)
      socket.setOption(IPPROTO_IP, IP_TTL, 77)
      expect(socket.getOption(IPPROTO_IP, IP_TTL, 4).readInt32LE()).to.equal(77)
      socket.setOption(IPPROTO_IP, IP_TTL, Uint8Array.of(78, 0, 0, 0))
      expect(socket.getOption(IPPROTO_IP, IP_TTL, 4).readInt32LE()).to.equal(78)
      expect(socket.getOption(SOL_SOCKET, SO_RCVBUF, 100)).to.have.length(4)
    })

    it('include a kernel filter, which later programs replace', () => {
      const [sender, receiver] = openPair()
      const batch = new ReceiveBatch({ slots: 4, slotBytes: 10 })
      const udpHeaderBytes = 8
      const firstByteIs = (value: number) =>
        encodeFilter([
          { code: 0x30, k: udpHeaderBytes }, // ldb
          { code: 0x15, k: value, jumpFalse: 1 }, // jeq
          { code: 0x06, k: 0xffff }, // ret: accept
          { code: 0x06, k: 0 }, // ret: drop
        ])
      for (const wanted of [7, 8]) {
        receiver.attachFilter(firstByteIs(wanted))
        sender.sendBatch([6, 7, 8, 9].map((value) => ({ data: Uint8Array.of(value) })))
        expect(receiver.receiveBatch(batch)).to.equal(1)
        expect([...batch.data(0)]).to.deep.equal([wanted])
      }
    })
  })

  describe('watching', () => {
    it('calls back while something is to be received', async () => {
      const [sender, receiver] = openPair()
      const batch = new ReceiveBatch({ slots: 1, slotBytes: 10 })
      const received: number[] = []
      const done = new Promise<void>((resolve) => {
        receiver.watch(() => {
          while (receiver.receiveBatch(batch) > 0) received.push(batch.data(0)[0]!)
          if (received.length === 3) resolve()
        })
      })
      sender.sendBatch([1, 2].map((value) => ({ data: Uint8Array.of(value) })))
      setImmediate(() => sender.send(Uint8Array.of(3)))
      await done
      expect(received).to.deep.equal([1, 2, 3])
    })

    it('goes on after an error was received', async () => {
      const receiver = openReceiver()
      const address = receiver.localAddress()
      const sender = open(AF_INET)
      sender.connect(address)
      receiver.close()
      const batch = new ReceiveBatch({ slots: 1, slotBytes: 10 })
      const events: string[] = []
      const done = new Promise<void>((resolve) => {
        sender.watch(() => {
          events.push(receiveOrCode(sender, batch))
          if (events.length === 2) resolve()
        })
      })
      sender.send(Uint8Array.of(1))
      setImmediate(() => sender.send(Uint8Array.of(2)))
      await done
      expect(events).to.deep.equal(['ECONNREFUSED', 'ECONNREFUSED'])
    })

    it('ends with unwatch and may begin again, also within the callback', async () => {
      const [sender, receiver] = openPair()
      const calls: string[] = []
      sender.send(Uint8Array.of(1))
      await new Promise<void>((resolve) => {
        receiver.watch(() => {
          calls.push('first')
          receiver.unwatch()
          receiver.watch(() => {
            calls.push('second')
            receiver.unwatch()
            receiver.unwatch()
            resolve()
          })
        })
      })
      await turnsOfTheLoop(3)
      expect(calls).to.deep.equal(['first', 'second'])
    })

    it('is refused twice at once, and on a closed socket', () => {
      const socket = openReceiver()
      socket.watch(() => {})
      expect(() => socket.watch(() => {}))
        .to.throw(RawnetError)
        .that.includes({ code: 'EEXIST', syscall: 'uv_poll' })
      socket.close()
      expect(() => socket.watch(() => {}))
        .to.throw(RawnetError)
        .that.includes({ code: 'EBADF' })
    })

    it('lets an exception of the callback become an uncaught one', async () => {
      const [sender, receiver] = openPair()
      const uncaught = captureUncaughtException()
      receiver.watch(() => {
        receiver.unwatch()
        throw new Error('from the callback')
      })
      sender.send(Uint8Array.of(1))
      expect(await uncaught).to.have.property('message', 'from the callback')
    })
  })

  describe('closing', () => {
    it('may be repeated, and ends watching', async () => {
      const [sender, receiver] = openPair()
      receiver.watch(() => expect.fail('a closed socket called back'))
      sender.send(Uint8Array.of(1))
      receiver.close()
      receiver.close()
      await turnsOfTheLoop(3)
      expect(receiver.fd).to.equal(-1)
    })

    it('within the callback is fine', async () => {
      const [sender, receiver] = openPair()
      sender.send(Uint8Array.of(1))
      await new Promise<void>((resolve) => {
        receiver.watch(() => {
          receiver.close()
          resolve()
        })
      })
    })

    it('makes every later call fail with EBADF', () => {
      const socket = openReceiver()
      socket.close()
      expect(() => socket.localAddress())
        .to.throw(RawnetError)
        .that.includes({ code: 'EBADF' })
      expect(() => socket.send(Uint8Array.of(1)))
        .to.throw(RawnetError)
        .that.includes({ code: 'EBADF' })
    })
  })

  it('connects and listens with stream sockets', async () => {
    const listener = open(AF_INET, SOCK_STREAM)
    listener.bind(inet4Address({ address: loopback, port: 0 }))
    listener.listen(1)
    open(AF_INET, SOCK_STREAM).connect(listener.localAddress())
    await new Promise<void>((resolve) => listener.watch(resolve))
  })

  describe('the queue of errors', () => {
    const rows = [
      {
        family: 'IPv4',
        at: (port: number) => inet4Address({ address: loopback, port }),
        ...{ domain: AF_INET, level: IPPROTO_IP, option: IP_RECVERR },
        unreachable: { errno: ECONNREFUSED, origin: 'icmp', type: 3, code: 3 }, // RFC 792
      },
      {
        family: 'IPv6',
        at: (port: number) => inet6Address({ address: loopback6, port }),
        ...{ domain: AF_INET6, level: IPPROTO_IPV6, option: IPV6_RECVERR },
        unreachable: { errno: ECONNREFUSED, origin: 'icmpv6', type: 1, code: 4 }, // RFC 4443 s3.1
      },
    ] as const
    for (const { family, at, domain, level, option, unreachable } of rows) {
      it(`tells to whom a message over ${family} was sent that found a closed port, and calls back for it`, async () => {
        const gone = openSocket(domain, SOCK_DGRAM, 0)
        gone.bind(at(0))
        const port = decodeInetAddress(gone.localAddress())!.port
        gone.close()
        const socket = open(domain)
        socket.bind(at(0))
        socket.setOption(level, option, 1)
        const calledBack = new Promise<void>((resolve) => socket.watch(resolve))
        socket.send(Uint8Array.of(7), at(port))
        await calledBack
        const batch = new ReceiveBatch({ slots: 2, slotBytes: 100, controlBytes: 64 })
        expect(() => socket.receiveBatch(batch))
          .to.throw(RawnetError)
          .that.includes({ code: 'ECONNREFUSED' })
        expect(socket.receiveErrors(batch)).to.equal(1)
        expect(decodeInetAddress(batch.from(0))).to.deep.equal(decodeInetAddress(at(port)))
        expect(extendedError(decodeControlMessages(batch.control(0)))).to.deep.equal(unreachable)
        expect([...batch.data(0)]).to.deep.equal([7])
        expect(socket.receiveErrors(batch)).to.equal(0)
      })
    }

    it('holds no error where a message came', () => {
      expect(extendedError([{ level: IPPROTO_IP, type: IP_TTL, data: new Uint8Array(16) }])).to.equal(undefined)
      expect(extendedError([{ level: IPPROTO_IP, type: IP_RECVERR, data: new Uint8Array(15) }])).to.equal(undefined)
    })
  })

  it('knows the index of an interface by its name', () => {
    expect(interfaceIndex('lo')).to.be.greaterThan(0)
    for (const name of ['nosuchdevice', 'a-name-that-is-too-long', 'lo\0', '']) {
      expect(() => interfaceIndex(name), name)
        .to.throw(RawnetError)
        .that.includes({ code: 'ENODEV' })
    }
  })
})

function receiveOrCode(socket: RawSocket, batch: ReceiveBatch): string {
  try {
    return `${socket.receiveBatch(batch)}`
  } catch (error) {
    return (error as RawnetError).code
  }
}

async function turnsOfTheLoop(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** Takes mocha's own listeners away until the exception has come. */
function captureUncaughtException(): Promise<unknown> {
  const listeners = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  return new Promise((resolve) => {
    process.once('uncaughtException', (error) => {
      for (const listener of listeners) process.on('uncaughtException', listener)
      resolve(error)
    })
  })
}
