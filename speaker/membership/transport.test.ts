import { expect } from 'chai'
import { formatAddress, parseAddress } from '../../net/address.ts'
import { RawnetError, type RawSocket } from '../../net/rawnet/index.ts'
import { decodeInetAddress } from '../../net/rawnet/socket-address.ts'
import { needsAddon } from '../../net/rawnet/testing/needs-addon.ts'
import { endpoint, openUdpSocket, Transport } from './transport.ts'

interface Heard {
  readonly text: string
  readonly from: string
}

describe('the transport', () => {
  before(needsAddon)

  const closing: { close(): void }[] = []

  afterEach(() => {
    for (const one of closing.splice(0)) one.close()
  })

  /** On a port of the kernel's choice. */
  function open(bind: string, wrap: (socket: RawSocket) => RawSocket = (socket) => socket) {
    const heard: Heard[] = []
    const unreachable: string[] = []
    let changed = (): void => undefined
    let port = 0
    const transport = new Transport({
      ...{ bind: parseAddress(bind), port: 0 },
      open: (address) => {
        const socket = openUdpSocket(address, 0)
        port = decodeInetAddress(socket.localAddress())!.port
        return wrap(socket)
      },
      onDatagram(datagram, from, reply) {
        heard.push({ text: datagram.toString(), from: formatAddress(from) })
        if (datagram.toString() === 'ping') reply(Buffer.from('ack'))
        changed()
      },
      onUnreachable(address) {
        unreachable.push(formatAddress(address))
        changed()
      },
    })
    closing.push(transport)
    const until = async (isDone: () => boolean) => {
      while (!isDone()) await new Promise<void>((resolve) => (changed = resolve))
    }
    const at = () => endpoint(parseAddress(bind), port)
    return { transport, heard, unreachable, until, at }
  }

  for (const address of ['127.0.0.1', '::1']) {
    it(`brings datagrams and replies over ${address}`, async () => {
      const [one, two] = [open(address), open(address)]
      one.transport.send([{ data: Buffer.from('ping'), to: two.at() }])
      await one.until(() => one.heard.length > 0)
      expect(two.heard).to.deep.equal([{ text: 'ping', from: address }])
      expect(one.heard).to.deep.equal([{ text: 'ack', from: address }])
      expect(two.transport.counters()).to.deep.equal({ sent: 1, received: 1, failures: new Map() })
    })

    it(`tells that nobody listens at a port of ${address}, and sends all the same to those who do`, async () => {
      const [one, two, gone] = [open(address), open(address), open(address)]
      const to = gone.at()
      gone.transport.close()
      const data = Buffer.from('x')
      for (let round = 0; round < 3; round++) {
        one.transport.send([
          { data, to },
          { data, to },
          { data, to: two.at() },
        ])
      }
      await two.until(() => two.heard.length === 3)
      await one.until(() => one.unreachable.length > 0)
      expect(new Set(one.unreachable)).to.deep.equal(new Set([address]))
      expect(one.transport.counters().failures).to.deep.equal(new Map())
    })
  }

  it('gives up what the kernel does not send, counts it, and sends the rest', async () => {
    const [one, two] = [open('127.0.0.1'), open('127.0.0.1')]
    const data = Buffer.from('x')
    const nowhere = endpoint(parseAddress('2001:db8::1'), 1) // of another family
    one.transport.send([
      { data, to: nowhere },
      { data, to: two.at() },
      { data: Buffer.alloc(70_000), to: two.at() },
      { data, to: two.at() },
    ])
    await two.until(() => two.heard.length === 2)
    const { failures, sent } = one.transport.counters()
    expect(sent).to.equal(2)
    expect([...failures]).to.deep.equal([
      ['EAFNOSUPPORT', 1],
      ['EMSGSIZE', 1],
    ])
  })

  for (const code of [1, 101, 105, 113]) {
    const name = new RawnetError('sendmmsg', code).code
    it(`does not throw when the network answers ${name}`, () => {
      const refuse = (): never => {
        throw new RawnetError('sendmmsg', code)
      }
      const one = open(
        '127.0.0.1',
        (socket) => new Proxy(socket, { get: (target, key) => refusing(target, key, refuse) }),
      )
      const to = one.at()
      one.transport.send([
        { data: Buffer.from('x'), to },
        { data: Buffer.from('y'), to },
      ])
      expect([...one.transport.counters().failures]).to.deep.equal([[name, 2]])
    })
  }

  it('gives up when the socket takes nothing more', () => {
    const none = () => 0
    const one = open('127.0.0.1', (socket) => new Proxy(socket, { get: (target, key) => refusing(target, key, none) }))
    one.transport.send(Array.from({ length: 3 }, () => ({ data: Buffer.from('x'), to: one.at() })))
    expect([...one.transport.counters().failures]).to.deep.equal([['EAGAIN', 3]])
  })

  it('reads a thousand datagrams that came while the process stood still in one go', async () => {
    const [one, two] = [open('127.0.0.1'), open('127.0.0.1')]
    const to = two.at()
    one.transport.send(Array.from({ length: 1000 }, () => ({ data: Buffer.alloc(100), to })))
    two.transport.receive()
    expect(two.heard.length).to.equal(1000)
  })

  it('says what port it could not have', () => {
    const taken = openUdpSocket(parseAddress('127.0.0.1'), 0)
    closing.push(taken)
    const { port } = decodeInetAddress(taken.localAddress())!
    expect(() => openUdpSocket(parseAddress('127.0.0.1'), port)).to.throw(
      `no member list on 127.0.0.1, UDP port ${port}: RawnetError: bind: address already in use`,
    )
  })
})

function refusing(socket: RawSocket, key: string | symbol, sendBatch: () => number): unknown {
  if (key === 'sendBatch') return sendBatch
  const value = Reflect.get(socket, key, socket) as unknown
  return typeof value === 'function' ? value.bind(socket) : value
}
