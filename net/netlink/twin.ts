/** For tests: an encoder of netlink messages that shares no code with the decoders. */

export interface Attribute {
  type: number
  payload: Uint8Array
}

export function attribute(type: number, ...parts: Uint8Array[]): Attribute {
  return { type, payload: Buffer.concat(parts) }
}

export function u8(value: number): Buffer {
  return Buffer.of(value)
}

export function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

export function attributes(list: readonly Attribute[]): Buffer {
  return Buffer.concat(list.map(({ type, payload }) => padded(u16(4 + payload.length), u16(type), payload)))
}

export function message(type: number, body: Uint8Array, options: { flags?: number; sequence?: number } = {}): Buffer {
  return padded(u32(16 + body.length), u16(type), u16(options.flags ?? 0), u32(options.sequence ?? 0), u32(0), body)
}

export function padded(...parts: Uint8Array[]): Buffer {
  const bytes = Buffer.concat(parts)
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)])
}
