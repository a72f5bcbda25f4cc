/** For tests: a packet socket without a kernel. */
import { EAGAIN, ENOMEM } from '../../../net/rawnet/constants.ts'
import { type FrameBatch, RawnetError, type RawSocket, type ReceiveBatch } from '../../../net/rawnet/index.ts'

export class FakeSocket implements Partial<RawSocket> {
  readonly sent: Uint8Array[] = []
  closed = false
  /** How many more messages it takes. */
  room = Number.POSITIVE_INFINITY
  /** What sending fails with when there is no room, or always. */
  errno: { full?: number; always?: number } = {}
  /** In bytes. */
  longestFilter = Number.POSITIVE_INFINITY
  filter: Uint8Array | undefined
  #onReadable: () => void = () => undefined
  #received: Uint8Array[] = []

  asSocket(): RawSocket {
    return this as unknown as RawSocket
  }

  send(frame: Uint8Array): number {
    if (this.#take([frame], EAGAIN) === 0) throw new RawnetError('sendto', EAGAIN)
    return frame.length
  }

  sendFrames({ frames }: FrameBatch, first: number, count: number): number {
    return this.#take(frames.slice(first, Math.min(first + count, first + 256)), this.errno.full)
  }

  attachFilter(program: Uint8Array): void {
    if (program.length > this.longestFilter) throw new RawnetError('setsockopt', ENOMEM)
    this.filter = program
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

  #take(frames: readonly Uint8Array[], full: number | undefined): number {
    if (this.errno.always) throw new RawnetError('sendmmsg', this.errno.always)
    const taken = frames.slice(0, this.room)
    if (taken.length === 0 && full) throw new RawnetError('sendmmsg', full)
    this.room -= taken.length
    this.sent.push(...taken.map((frame) => Uint8Array.from(frame)))
    return taken.length
  }

  deliver(...frames: Uint8Array[]): void {
    this.#received = frames
    this.#onReadable()
  }
}
