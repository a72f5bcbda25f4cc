/** What the soak test runs in its namespace, where v0 and v1 are a veth pair. Prints one line of JSON with its findings. */
import { readdirSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { AF_INET, AF_PACKET, SOCK_DGRAM, SOCK_RAW } from './constants.ts'
import { interfaceIndex, openSocket, type RawSocket, ReceiveBatch } from './index.ts'
import { packetAddress } from './socket-address.ts'

/** IEEE 802 local experimental EtherType: the kernel's own traffic stays out of the count. */
const etherType = 0x88b5
const etherTypeInNetworkOrder = 0xb588

const frame = Buffer.concat([
  Buffer.alloc(6, 0xff),
  Buffer.from('020000000001', 'hex'),
  Buffer.of(0x88, 0xb5),
  Buffer.alloc(46),
])

function openOn(interfaceName: string): RawSocket {
  const socket = openSocket(AF_PACKET, SOCK_RAW, etherTypeInNetworkOrder)
  socket.bind(packetAddress({ protocol: etherType, interfaceIndex: interfaceIndex(interfaceName) }))
  return socket
}

function rssMegabytes(): number {
  globalThis.gc?.()
  return process.memoryUsage.rss() / 2 ** 20
}

/** The directory listing itself has one open. */
function descriptorCount(): number {
  return readdirSync('/proc/self/fd').length
}

const turnOfTheLoop = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Sends bursts from v0 to v1; each burst goes out when the one before has arrived. */
function exchange(packets: number): Promise<{ microsPerPacket: number }> {
  const burst = Array.from({ length: 64 }, () => ({ data: frame }))
  const [sender, receiver] = [openOn('v0'), openOn('v1')]
  const batch = new ReceiveBatch({ slots: 64, slotBytes: 2048, controlBytes: 64 })
  const start = process.hrtime.bigint()
  let [sent, received] = [0, 0]
  return new Promise((resolve) => {
    receiver.watch(() => {
      for (let count = receiver.receiveBatch(batch); count > 0; count = receiver.receiveBatch(batch)) {
        for (let slot = 0; slot < count; slot++) if (batch.data(slot).equals(frame)) received++
      }
      if (received >= packets) {
        sender.close()
        receiver.close()
        resolve({ microsPerPacket: Number(process.hrtime.bigint() - start) / 1000 / received })
      } else if (received === sent) {
        sent += sender.sendBatch(burst)
      }
    })
    sent += sender.sendBatch(burst)
  })
}

/** UDP where only the number of sockets matters: the kernel takes 20 ms to close a packet socket. */
function openAny(): RawSocket {
  return openSocket(AF_INET, SOCK_DGRAM, 0)
}

/** Opens sockets and forgets them. */
function abandonSockets(count: number): void {
  for (let index = 0; index < count; index++) openAny()
}

async function collectGarbage(): Promise<void> {
  for (let round = 0; round < 5; round++) {
    globalThis.gc?.()
    await turnOfTheLoop()
  }
}

const scenarios = {
  /** A million packets: memory must not grow after warming up, and descriptors must be back where they were. */
  async million() {
    await exchange(100_000)
    const [descriptorsBefore, megabytesBefore] = [descriptorCount(), rssMegabytes()]
    const { microsPerPacket } = await exchange(1_000_000)
    return {
      descriptorsBefore,
      megabytesBefore,
      descriptorsAfter: descriptorCount(),
      megabytesAfter: rssMegabytes(),
      microsPerPacket,
    }
  },

  async sockets() {
    const openAndClose = async (count: number) => {
      for (let index = 0; index < count; index++) {
        const socket = openAny()
        socket.watch(() => {})
        socket.close()
        if (index % 100 === 0) await turnOfTheLoop()
      }
    }
    await openAndClose(10_000)
    const [descriptorsBefore, megabytesBefore] = [descriptorCount(), rssMegabytes()]
    await openAndClose(100_000)
    await turnOfTheLoop()
    return { descriptorsBefore, megabytesBefore, descriptorsAfter: descriptorCount(), megabytesAfter: rssMegabytes() }
  },

  async abandoned() {
    const descriptorsBefore = descriptorCount()
    abandonSockets(500)
    const descriptorsWhileOpen = descriptorCount()
    await collectGarbage()
    return { descriptorsBefore, descriptorsWhileOpen, descriptorsAfter: descriptorCount() }
  },

  /** A socket that only its watch holds. */
  async watchedOnly() {
    const called = new Promise<void>((resolve) => openOn('v1').watch(resolve))
    await collectGarbage()
    openOn('v0').send(frame)
    await called
    process.exit(print({ called: true })) // watched, and neither closed nor unwatched
  },

  /** Workers are terminated while packets pour in: their environments end with sockets open and watched. */
  async workers() {
    const sender = openOn('v0')
    const runOne = async () => {
      const worker = new Worker(new URL('./rawnet-worker.fixture.ts', import.meta.url))
      const flood = setInterval(() => sender.sendBatch(Array.from({ length: 256 }, () => ({ data: frame }))), 1)
      await new Promise((resolve) => worker.once('message', resolve))
      await worker.terminate()
      clearInterval(flood)
    }
    for (let index = 0; index < 5; index++) await runOne()
    const [descriptorsBefore, megabytesBefore] = [descriptorCount(), rssMegabytes()]
    for (let index = 0; index < 20; index++) await runOne()
    return { descriptorsBefore, megabytesBefore, descriptorsAfter: descriptorCount(), megabytesAfter: rssMegabytes() }
  },

  /** The interface goes down and up under a watched socket. The test sets it down and up at these signs. */
  async downAndUp() {
    const [sender, receiver] = [openOn('v0'), openOn('v1')]
    const batch = new ReceiveBatch({ slots: 8, slotBytes: 2048 })
    const next = () =>
      new Promise<string>((resolve) => {
        receiver.watch(() => {
          receiver.unwatch()
          resolve(receiveOrCode(receiver, batch))
        })
      })
    const error = next()
    print({ ready: 'down' })
    const codeWhenDown = await error
    const packet = next()
    print({ ready: 'up' })
    await new Promise((resolve) => process.stdin.once('data', resolve))
    sender.send(frame)
    const receivedWhenUp = await packet
    sender.close()
    receiver.close()
    process.stdin.destroy()
    return { codeWhenDown, receivedWhenUp }
  },
} as const

function receiveOrCode(socket: RawSocket, batch: ReceiveBatch): string {
  try {
    return `${socket.receiveBatch(batch)} packet`
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error)
  }
}

function print(findings: object): number {
  process.stdout.write(`${JSON.stringify(findings)}\n`)
  return 0
}

print(await scenarios[process.argv[2] as keyof typeof scenarios]())
