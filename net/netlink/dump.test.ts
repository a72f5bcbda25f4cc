import { expect } from 'chai'
import type { RawnetError } from '../rawnet/index.ts'
import { type DumpRequest, dump } from './dump.ts'
import { ScriptedSocket } from './scripted-socket.ts'
import { message, u32 } from './twin.ts'

const entryType = 50
const doneType = 3
const errorType = 2
const interrupted = 0x10

/** A table of numbers; zero is left out. */
const request: DumpRequest<number> = {
  name: 'RTM_GETNUMBER',
  type: 52,
  body: u32(7),
  decode: (body) => body.u32le() || undefined,
}

function entry(value: number, sequence: number, flags = 0): Buffer {
  return message(entryType, u32(value), { sequence, flags })
}

function done(sequence: number, flags = 0): Buffer {
  return message(doneType, u32(0), { sequence, flags })
}

/** Hands `replies` to the dump, one list for each attempt. */
function dumpAnsweredBy(...replies: (Buffer | { datagram: Buffer; portId: number; truncated?: boolean })[][]) {
  const socket = new ScriptedSocket()
  socket.onSend = () => {
    const reply = replies.shift()
    if (reply) setImmediate(() => socket.deliver(...reply))
  }
  const result = dump(request, { open: () => socket.asSocket(), timeoutMillis: 300 })
  return { socket, result }
}

describe('a dump', () => {
  it('asks for the whole table and gives its entries, from one datagram or several', async () => {
    const { socket, result } = dumpAnsweredBy([
      Buffer.concat([entry(5, 1), entry(0, 1), entry(6, 1)]),
      entry(7, 1),
      done(1),
    ])
    expect(await result).to.deep.equal([5, 6, 7])
    expect(socket.sent).to.deep.equal(
      [message(52, u32(7), { flags: 0x301, sequence: 1 })].map((one) => new Uint8Array(one)),
    )
  })

  it('is read again when the table changed meanwhile', async () => {
    const { socket, result } = dumpAnsweredBy(
      [entry(5, 1, interrupted), done(1)],
      [entry(6, 2), done(2, interrupted)],
      [entry(7, 3), done(3)],
    )
    expect(await result).to.deep.equal([7])
    expect(socket.sent).to.have.length(3)
  })

  it('rejects with the error that the kernel answers', async () => {
    const operationNotPermitted = -1
    const { result } = dumpAnsweredBy([message(errorType, u32(operationNotPermitted >>> 0), { sequence: 1 })])
    expect(await failureOf(result)).to.include({ code: 'EPERM', syscall: 'RTM_GETNUMBER' })
  })

  it('rejects with the error that ends it', async () => {
    const { result } = dumpAnsweredBy([entry(5, 1), message(doneType, u32(-12 >>> 0), { sequence: 1 })])
    expect(await failureOf(result)).to.include({ code: 'ENOMEM' })
  })

  it('rejects when the kernel does not come to an end in time', async () => {
    const { result } = dumpAnsweredBy([entry(5, 1)])
    expect(await failureOf(result)).to.include({ code: 'ETIMEDOUT', syscall: 'RTM_GETNUMBER' })
  })

  it('rejects when a reply cannot be decoded', async () => {
    const { result } = dumpAnsweredBy([message(entryType, Buffer.alloc(2), { sequence: 1 })])
    const failure = await failureOf(result)
    expect(String(failure)).to.match(/^NetlinkError: RTM_GETNUMBER: a reply cannot be decoded/)
    expect(failure.cause).to.include({ code: 'out-of-bounds' })
  })

  it('rejects when a reply was cut, although what is left can be decoded', async () => {
    const { result } = dumpAnsweredBy([{ datagram: entry(5, 1), portId: 0, truncated: true }, done(1)])
    expect(await failureOf(result)).to.include({ name: 'NetlinkError', code: 'truncated' })
  })

  it('ignores replies to other requests', async () => {
    const { result } = dumpAnsweredBy([entry(9, 77), done(77), entry(5, 1), done(1)])
    expect(await result).to.deep.equal([5])
  })

  it('ignores what other processes send', async () => {
    const forged = { datagram: Buffer.concat([entry(9, 1), done(1)]), portId: 4711 }
    const { result } = dumpAnsweredBy([forged, entry(5, 1), done(1)])
    expect(await result).to.deep.equal([5])
  })

  it('closes its socket, whatever the outcome', async () => {
    for (const replies of [[done(1)], [message(errorType, u32(-1 >>> 0), { sequence: 1 })]]) {
      const { socket, result } = dumpAnsweredBy(replies)
      await result.catch(() => {})
      expect(socket.fd).to.equal(-1)
    }
  })
})

async function failureOf(result: Promise<unknown>): Promise<RawnetError> {
  return result.then(
    () => expect.fail('it did not reject'),
    (error: RawnetError) => error,
  )
}
