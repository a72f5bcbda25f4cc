import { expect } from 'chai'
import fc from 'fast-check'
import { limits } from './arbitraries.ts'
import { BoundsError, Reader, Writer } from './cursor.ts'

type Field = { kind: 'u8' | 'u16' | 'u32' | 'u16le' | 'u32le'; value: number } | { kind: 'bytes'; value: Uint8Array }

const widths = { u8: 1, u16: 2, u32: 4, u16le: 2, u32le: 4 } as const

const numbers = fc
  .constantFrom('u8' as const, 'u16' as const, 'u32' as const, 'u16le' as const, 'u32le' as const)
  .chain((kind) => fc.integer({ min: 0, max: 2 ** (8 * widths[kind]) - 1 }).map((value): Field => ({ kind, value })))

const fields = fc.array(
  fc.oneof(
    numbers,
    fc.uint8Array({ maxLength: 40 }).map((value): Field => ({ kind: 'bytes', value })),
  ),
  { maxLength: 20 },
)

describe('a cursor', () => {
  it('writes numbers in network order, or little-endian where asked', () => {
    const writer = new Writer()
    writer.u8(1)
    writer.u16(0x0203)
    writer.u32(0xf4050607)
    writer.u64(0xf8090a0b0c0d0e0fn)
    writer.u16le(0x0203)
    writer.u32le(0xf4050607)
    expect(Buffer.from(writer.finish()).toString('hex')).to.equal('010203f4050607f8090a0b0c0d0e0f0302070605f4')
  })

  it('reads what was written, whatever the fields, and is then at the end', () => {
    fc.assert(
      fc.property(fields, (written) => {
        const reader = new Reader(encode(written))
        for (const field of written) expect(read(reader, field)).to.deep.equal(field.value)
        expect(reader.remaining).to.equal(0)
      }),
      limits,
    )
  })

  it('agrees with DataView on every number', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), (bytes) => {
        const view = new DataView(bytes.buffer, bytes.byteOffset)
        const at0 = () => new Reader(bytes)
        expect(at0().u16()).to.equal(view.getUint16(0))
        expect(at0().u32()).to.equal(view.getUint32(0))
        expect(at0().u64()).to.equal(view.getBigUint64(0))
        expect(at0().u16le()).to.equal(view.getUint16(0, true))
        expect(at0().u32le()).to.equal(view.getUint32(0, true))
      }),
      limits,
    )
  })

  it('throws the bounds error wherever the message is cut off', () => {
    const message: Field[] = [
      { kind: 'u8', value: 1 },
      { kind: 'u16', value: 2 },
      { kind: 'u32', value: 3 },
      { kind: 'bytes', value: Uint8Array.of(4, 5, 6) },
    ]
    const whole = encode(message)
    for (let length = 0; length < whole.length; length++) {
      const reader = new Reader(whole.subarray(0, length))
      expect(() => message.forEach((field) => void read(reader, field)), `${length} bytes`).to.throw(BoundsError)
    }
  })

  it('tells where it was, counted from the start of the message, also in a part', () => {
    const part = new Reader(new Uint8Array(10))
    part.skip(4)
    const inner = part.sub(3)
    inner.u16()
    expect(() => inner.u16())
      .to.throw(BoundsError, 'wanted 2 bytes at offset 6, 1 are left')
      .that.includes({ offset: 6, code: 'out-of-bounds' })
  })

  it('goes on behind a part that was cut off, read or not', () => {
    const reader = new Reader(Uint8Array.of(1, 2, 3, 4, 5))
    const part = reader.sub(3)
    expect(reader.u8()).to.equal(4)
    expect([...part.rest()]).to.deep.equal([1, 2, 3])
    expect(part.remaining).to.equal(0)
    expect(reader.offset).to.equal(4)
  })

  it('refuses to step back', () => {
    expect(() => new Reader(new Uint8Array(4)).skip(-1)).to.throw(BoundsError)
  })

  it('does not copy the bytes that it reads', () => {
    const message = Uint8Array.of(1, 2, 3)
    expect(new Reader(message).rest().buffer).to.equal(message.buffer)
  })

  it('fills in fields that were known last', () => {
    const writer = new Writer(1)
    writer.zeros(8)
    writer.setU16(0, 0x0102)
    writer.setU16le(2, 0x0102)
    writer.setU32le(4, 0x01020304)
    expect([...writer.finish()]).to.deep.equal([1, 2, 2, 1, 4, 3, 2, 1])
    expect(() => writer.setU16(7, 1)).to.throw(BoundsError)
    expect(writer.length).to.equal(8)
  })

  it('refuses a number that does not fit its field', () => {
    const writer = new Writer()
    for (const write of [
      () => writer.u8(256),
      () => writer.u16(-1),
      () => writer.u32(2 ** 32),
      () => writer.u64(1n << 64n),
      () => writer.u16le(0x10000),
      () => writer.u32le(Number.NaN),
    ]) {
      expect(write).to.throw(RangeError, 'does not fit')
    }
    expect(writer.length).to.equal(0)
  })
})

function encode(message: readonly Field[]): Uint8Array {
  const writer = new Writer(0)
  for (const field of message) {
    if (field.kind === 'bytes') writer.bytes(field.value)
    else writer[field.kind](field.value)
  }
  return writer.finish()
}

function read(reader: Reader, field: Field): number | Uint8Array {
  return field.kind === 'bytes' ? reader.bytes(field.value.length) : reader[field.kind]()
}
