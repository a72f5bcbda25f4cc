/** A read past the end of a message, or of the part of it that is being read. */
export class BoundsError extends Error {
  override readonly name = 'BoundsError'
  readonly code = 'out-of-bounds'
  /** Where the read began, counted from the start of the whole message. */
  readonly offset: number

  constructor(offset: number, wantedBytes: number, availableBytes: number) {
    super(`wanted ${wantedBytes} bytes at offset ${offset}, ${availableBytes} are left`)
    this.offset = offset
  }
}

/**
 * Reads a message from front to back. Numbers are in network order; those with `le` are little-endian, as
 * netlink on the machines that we run on. Bytes come out as views, not copies.
 * Throws {@link BoundsError} at the end.
 */
export class Reader {
  readonly #bytes: Uint8Array
  readonly #end: number
  #offset: number

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes
    this.#offset = start
    this.#end = end
  }

  /** Counted from the start of the whole message, in a part too. */
  get offset(): number {
    return this.#offset
  }

  get remaining(): number {
    return this.#end - this.#offset
  }

  u8(): number {
    return this.#bytes[this.#take(1)]!
  }

  u16(): number {
    const at = this.#take(2)
    return (this.#bytes[at]! << 8) | this.#bytes[at + 1]!
  }

  u32(): number {
    const high = this.#take(4)
    const bytes = this.#bytes
    return ((bytes[high]! << 24) | (bytes[high + 1]! << 16) | (bytes[high + 2]! << 8) | bytes[high + 3]!) >>> 0
  }

  u64(): bigint {
    const bytes = this.bytes(8)
    return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0)
  }

  u16le(): number {
    const at = this.#take(2)
    return this.#bytes[at]! | (this.#bytes[at + 1]! << 8)
  }

  u32le(): number {
    const low = this.#take(4)
    const bytes = this.#bytes
    return (bytes[low]! | (bytes[low + 1]! << 8) | (bytes[low + 2]! << 16) | (bytes[low + 3]! << 24)) >>> 0
  }

  bytes(length: number): Uint8Array {
    const start = this.#take(length)
    return this.#bytes.subarray(start, start + length)
  }

  /** Cuts the next `length` bytes off as a reader of their own, so that a lying length inside cannot read on. */
  sub(length: number): Reader {
    const start = this.#take(length)
    return new Reader(this.#bytes, start, start + length)
  }

  skip(length: number): void {
    this.#take(length)
  }

  rest(): Uint8Array {
    return this.bytes(this.remaining)
  }

  #take(length: number): number {
    const start = this.#offset
    if (length < 0 || start + length > this.#end) throw new BoundsError(start, length, this.remaining)
    this.#offset = start + length
    return start
  }
}

/** Builds a message from front to back and grows as needed. A number that does not fit its field throws RangeError. */
export class Writer {
  #bytes: Uint8Array
  #view: DataView
  #length = 0

  constructor(capacityBytes = 64) {
    this.#bytes = new Uint8Array(capacityBytes)
    this.#view = new DataView(this.#bytes.buffer)
  }

  get length(): number {
    return this.#length
  }

  u8(value: number): void {
    assertFits(value, 0xff)
    const at = this.#reserve(1)
    this.#view.setUint8(at, value)
  }

  u16(value: number): void {
    assertFits(value, 0xffff)
    const at = this.#reserve(2)
    this.#view.setUint16(at, value)
  }

  u32(value: number): void {
    assertFits(value, 0xffffffff)
    const at = this.#reserve(4)
    this.#view.setUint32(at, value)
  }

  u64(value: bigint): void {
    if (BigInt.asUintN(64, value) !== value) throw new RangeError(`${value} does not fit in 64 bits`)
    const at = this.#reserve(8)
    this.#view.setBigUint64(at, value)
  }

  u16le(value: number): void {
    assertFits(value, 0xffff)
    const at = this.#reserve(2)
    this.#view.setUint16(at, value, true)
  }

  u32le(value: number): void {
    assertFits(value, 0xffffffff)
    const at = this.#reserve(4)
    this.#view.setUint32(at, value, true)
  }

  bytes(bytes: Uint8Array): void {
    const at = this.#reserve(bytes.length)
    this.#bytes.set(bytes, at)
  }

  zeros(length: number): void {
    this.#reserve(length)
  }

  /** Overwrites a field written before: lengths and checksums are known last. */
  setU16(offset: number, value: number): void {
    assertFits(value, 0xffff)
    this.#view.setUint16(this.#written(offset, 2), value)
  }

  setU16le(offset: number, value: number): void {
    assertFits(value, 0xffff)
    this.#view.setUint16(this.#written(offset, 2), value, true)
  }

  setU32le(offset: number, value: number): void {
    assertFits(value, 0xffffffff)
    this.#view.setUint32(this.#written(offset, 4), value, true)
  }

  /** What was written so far, as a view; later writes may or may not show in it. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  /** May replace the buffer and the view. */
  #reserve(length: number): number {
    const start = this.#length
    if (start + length > this.#bytes.length) this.#grow(start + length)
    this.#length = start + length
    return start
  }

  #grow(neededBytes: number): void {
    const grown = new Uint8Array(Math.max(neededBytes, 2 * this.#bytes.length))
    grown.set(this.#bytes)
    this.#bytes = grown
    this.#view = new DataView(grown.buffer)
  }

  #written(offset: number, length: number): number {
    if (offset < 0 || offset + length > this.#length) throw new BoundsError(offset, length, this.#length - offset)
    return offset
  }
}

function assertFits(value: number, maximum: number): void {
  if (!(value >= 0 && value <= maximum)) throw new RangeError(`${value} does not fit in 0..${maximum}`)
}
