/** For tests: a packet socket without a kernel. */
import { type OutgoingMessage, RawnetError, type RawSocket, type ReceiveBatch } from '../../../net/rawnet/index.ts'

export class FakeSocket implements Partial<RawSocket> {
  readonly sent: Uint8Array[] = []
  closed = false
  /** How many more messages it takes. */
  room = Number.POSITIVE_INFINITY
  /** What sending fails with when there is no room, or always. */
  errno: { full?: number; always?: number } = {}
  #onReadable: () => void = () => undefined
  #received: Uint8Array[] = []

  asSocket(): RawSocket {
    return this as unknown as RawSocket
  }

  sendBatch(messages: readonly OutgoingMessage[]): number {
    if (this.errno.always) throw new RawnetError('sendmmsg', this.errno.always)
    const taken = messages.slice(0, this.room)
    if (taken.length === 0 && this.errno.full) throw new RawnetError('sendmmsg', this.errno.full)
    this.room -= taken.length
    this.sent.push(...taken.map(({ data }) => data.slice()))
    return taken.length
  }

  /** In the layout that net/rawnet/receive-batch.ts draws. */
  receiveBatch({ block, slots }: ReceiveBatch): number {
    const frames = this.#received.splice(0, slots)
    const slotBytes = block.length / slots - 16 - 128
    for (const [slot, frame] of frames.entries()) {
      new Uint32Array(block.buffer, slot * 16, 4).set([frame.length, 0, 0, 0])
      block.set(frame, slots * (16 + 128) + slot * slotBytes)
    }
    return frames.length
  }

  watch(onReadable: () => void): void {
    this.#onReadable = onReadable
  }

  close(): void {
    this.closed = true
  }

  deliver(...frames: Uint8Array[]): void {
    this.#received = frames
    this.#onReadable()
  }
}
