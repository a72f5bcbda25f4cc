import { Reader } from '../cursor.ts'

/** Something the kernel tells beside the data, such as the hop limit; see cmsg(3). */
export interface ControlMessage {
  readonly level: number
  readonly type: number
  readonly data: Uint8Array
}

const headerBytes = 16 // struct cmsghdr: a 64-bit length, then level and type
const alignmentBytes = 8

/** Throws BoundsError when a length is wrong or the messages were cut (see ReceiveBatch.truncated). */
export function* decodeControlMessages(bytes: Uint8Array): Generator<ControlMessage> {
  const reader = new Reader(bytes)
  while (reader.remaining > 0) {
    const length = reader.u32le()
    reader.skip(4) // the upper half of the length
    const level = reader.u32le()
    const type = reader.u32le()
    const data = reader.bytes(length - headerBytes)
    yield { level, type, data }
    reader.skip(Math.min(-length & (alignmentBytes - 1), reader.remaining)) // the last one need not be padded
  }
}
