/** Room for frames of one length that go out in one sendFrames(): filled in place, again and again. */
export class FrameBatch {
  /** For rawnet alone: the frames, one behind another. */
  readonly block: Uint8Array
  readonly frameBytes: number
  /** Views of the block. */
  readonly frames: readonly Uint8Array[]

  constructor({ slots, frameBytes }: { slots: number; frameBytes: number }) {
    this.block = new Uint8Array(slots * frameBytes)
    this.frameBytes = frameBytes
    this.frames = Array.from({ length: slots }, (_, slot) =>
      this.block.subarray(slot * frameBytes, (slot + 1) * frameBytes),
    )
  }
}
