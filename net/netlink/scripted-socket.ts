/** For tests: a socket that receives what the test hands to it, in the form that the kernel would. */
import { RawnetError, type RawSocket, type ReceiveBatch } from '../rawnet/index.ts'
import { netlinkAddress } from '../rawnet/socket-address.ts'

interface Datagram {
  datagram: Uint8Array
  portId: number
  /** It was longer than its slot. */
  truncated?: boolean
}

type Delivery = Datagram | { errno: number }

export class ScriptedSocket implements Partial<RawSocket> {
  fd = 99
  readonly sent: Uint8Array[] = []
  /** How often it was watched; and how many times it cannot be watched again. */
  watches = 0
  vainWatches = 0
  onSend: (data: Uint8Array) => void = () => {}
  #onReadable: (() => void) | undefined
  readonly #waiting: Delivery[] = []

  asSocket(): RawSocket {
    return this as unknown as RawSocket
  }

  send(data: Uint8Array): number {
    this.sent.push(data)
    this.onSend(data)
    return data.length
  }

  receiveBatch(batch: ReceiveBatch): number {
    if (this.fd < 0) throw new RawnetError('recvmmsg', EBADF)
    let count = 0
    for (let next = this.#waiting[0]; next !== undefined && count < batch.slots; next = this.#waiting[0]) {
      if ('errno' in next && count > 0) break
      this.#waiting.shift()
      if ('errno' in next) throw new RawnetError('recvmmsg', next.errno)
      fillSlot(batch, count++, next)
    }
    return count
  }

  watch(onReadable: () => void): void {
    this.watches++
    if (this.watches <= this.vainWatches + 1 && this.watches > 1) throw new RawnetError('uv_poll', ENOMEM)
    this.#onReadable = onReadable
  }

  unwatch(): void {
    this.#onReadable = undefined
  }

  close(): void {
    this.fd = -1
    this.#onReadable = undefined
  }

  /** Queues the deliveries; then, as the event loop would, calls back once. Port 0 is the kernel. */
  deliver(...deliveries: (Uint8Array | Delivery)[]): void {
    for (const one of deliveries) this.#waiting.push(one instanceof Uint8Array ? { datagram: one, portId: 0 } : one)
    this.#onReadable?.()
  }
}

const EBADF = 9
const ENOMEM = 12

const MSG_TRUNC = 0x20

/** In the layout that receive-batch.ts draws. */
function fillSlot({ block, slots, controlBytes }: ReceiveBatch, slot: number, delivery: Datagram): void {
  const { datagram, portId, truncated = false } = delivery
  const [resultBytes, nameBytes] = [16, 128]
  const headerBytes = resultBytes + nameBytes + controlBytes
  const slotBytes = block.length / slots - headerBytes
  const name = netlinkAddress({ portId, groups: 1 })
  const flags = truncated ? MSG_TRUNC : 0
  new Uint32Array(block.buffer, slot * resultBytes, 4).set([datagram.length, name.length, 0, flags])
  block.set(name, slots * resultBytes + slot * nameBytes)
  block.set(datagram, slots * headerBytes + slot * slotBytes)
}
