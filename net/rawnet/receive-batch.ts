/**
 * Room for the messages of one receiveBatch(), in one block of memory that the kernel writes to:
 *
 *     | results: slots x 16 | names: slots x 128 | control: slots x controlBytes | data: slots x slotBytes |
 *
 * A result is four 32-bit numbers in the machine's order: length of data, of name, of control, and flags.
 */
export class ReceiveBatch {
  /** For rawnet alone. */
  readonly block: Uint8Array
  readonly slots: number
  readonly controlBytes: number
  readonly #results: Uint32Array
  readonly #names: SlotViews
  readonly #control: SlotViews
  readonly #data: SlotViews
  readonly #truncationFlags: number

  /**
   * Throws RangeError unless `slots` is 1 to 256.
   * A message longer than `slotBytes` is cut. `controlBytes` defaults to 0 and is rounded up to a multiple of 8.
   */
  constructor(options: { slots: number; slotBytes: number; controlBytes?: number }) {
    const { slots, slotBytes } = options
    if (!(slots >= 1 && slots <= maximumSlots)) throw new RangeError(`a batch has 1 to 256 slots, not ${slots}`)
    this.slots = slots
    this.controlBytes = Math.ceil((options.controlBytes ?? 0) / 8) * 8
    this.#truncationFlags = this.controlBytes > 0 ? MSG_TRUNC | MSG_CTRUNC : MSG_TRUNC
    const block = new ArrayBuffer(slots * (resultBytes + nameBytes + this.controlBytes + slotBytes))
    const controlStart = slots * (resultBytes + nameBytes)
    this.block = new Uint8Array(block)
    this.#results = new Uint32Array(block, 0, slots * resultFields)
    this.#names = new SlotViews(block, slots * resultBytes, nameBytes)
    this.#control = new SlotViews(block, controlStart, this.controlBytes)
    this.#data = new SlotViews(block, controlStart + slots * this.controlBytes, slotBytes)
  }

  /** Exactly the bytes received: a view, valid until the next receive. */
  data(slot: number): Buffer {
    return this.#data.view(slot, this.#result(slot, 0))
  }

  /** The sender's socket address: a view, valid until the next receive. */
  from(slot: number): Buffer {
    return this.#names.view(slot, this.#result(slot, 1))
  }

  /** The control messages, see control-message.ts: a view, valid until the next receive. */
  control(slot: number): Buffer {
    return this.#control.view(slot, this.#result(slot, 2))
  }

  /** Whether the data, or the control messages asked for, were longer than their room. */
  truncated(slot: number): boolean {
    return (this.#result(slot, 3) & this.#truncationFlags) !== 0
  }

  #result(slot: number, field: number): number {
    const value = this.#results[slot * resultFields + field]
    if (value === undefined) throw new RangeError(`slot ${slot} is not in the batch`)
    return value
  }
}

const maximumSlots = 256 // MAX_BATCH in batch.c
const resultFields = 4
const resultBytes = resultFields * Uint32Array.BYTES_PER_ELEMENT
const nameBytes = 128 // sizeof(struct sockaddr_storage)
const MSG_CTRUNC = 0x08
const MSG_TRUNC = 0x20

/** One view a slot, made again only when the length changes: packets in a row are mostly of one length. */
class SlotViews {
  readonly #block: ArrayBuffer
  readonly #start: number
  readonly #strideBytes: number
  readonly #views: Buffer[] = []

  constructor(block: ArrayBuffer, start: number, strideBytes: number) {
    this.#block = block
    this.#start = start
    this.#strideBytes = strideBytes
  }

  view(slot: number, length: number): Buffer {
    const last = this.#views[slot]
    if (last?.length === length) return last
    const view = Buffer.from(this.#block, this.#start + slot * this.#strideBytes, Math.min(length, this.#strideBytes))
    this.#views[slot] = view
    return view
  }
}
