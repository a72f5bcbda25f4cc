/** For tests: a socket that receives what the test hands to it, in the form that the kernel would. */
import { RawnetError, type RawSocket, type ReceiveBatch } from '../rawnet/index.ts'
import { netlinkAddress } from '../rawnet/socket-address.ts'

type Delivery = { datagram: Uint8Array; portId: number } | { errno: number }

export class ScriptedSocket implements Partial<RawSocket> {
  fd = 99
  readonly sent: Uint8Array[] = []
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
    const delivery = this.#waiting.shift()
    if (delivery === undefined) return 0
    if ('errno' in delivery) throw new RawnetError('recvmmsg', delivery.errno)
    fillFirstSlot(batch, delivery)
    return 1
  }

  watch(onReadable: () => void): void {
    this.#onReadable = onReadable
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

/** In the layout that receive-batch.ts draws. */
function fillFirstSlot(batch: ReceiveBatch, { datagram, portId }: { datagram: Uint8Array; portId: number }): void {
  const { block, slots, controlBytes } = batch
  const name = netlinkAddress({ portId, groups: 1 })
  new Uint32Array(block.buffer, 0, 4).set([datagram.length, name.length, 0, 0])
  block.set(name, slots * 16)
  block.set(datagram, slots * (16 + 128 + controlBytes))
}
