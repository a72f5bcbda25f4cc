/** Netlink framing, RFC 3549 s2.3: messages in a datagram, attributes in a message. All numbers are little-endian. */
import { Reader, Writer } from '../cursor.ts'

/**
 *      0                   1                   2                   3
 *     |                        length, header included                |
 *     |             type              |             flags             |
 *     |                           sequence                            |
 *     |                            port id                            |
 *     | body ...                                   padded to 4 bytes  |
 */
export interface Message {
  readonly type: number
  readonly flags: number
  readonly sequence: number
  readonly body: Reader
}

const headerBytes = 16

export const NLMSG_ERROR = 2
export const NLMSG_DONE = 3

export const NLM_F_REQUEST = 0x01
export const NLM_F_DUMP_INTR = 0x10
export const NLM_F_DUMP = 0x300

/** Throws BoundsError when a length is wrong. */
export function* decodeMessages(datagram: Uint8Array): Generator<Message> {
  const reader = new Reader(datagram)
  while (reader.remaining > 0) {
    const length = reader.u32le()
    const type = reader.u16le()
    const flags = reader.u16le()
    const sequence = reader.u32le()
    reader.skip(4) // port id: the sender's socket address is what counts
    const body = reader.sub(length - headerBytes)
    yield { type, flags, sequence, body }
    skipPadding(reader, length)
  }
}

export function encodeMessage(message: {
  type: number
  flags: number
  sequence: number
  body: Uint8Array
}): Uint8Array {
  const writer = new Writer(headerBytes + message.body.length)
  writer.u32le(headerBytes + message.body.length)
  writer.u16le(message.type)
  writer.u16le(message.flags)
  writer.u32le(message.sequence)
  writer.u32le(0)
  writer.bytes(message.body)
  return writer.finish()
}

const typeMask = 0x3fff // the two bits above say "nested" and "network order"; the type implies both

/** Consumes `reader`. The kernel repeats no attribute type in the messages that we read. */
export function decodeAttributes(reader: Reader): Map<number, Reader> {
  const attributes = new Map<number, Reader>()
  while (reader.remaining > 0) {
    const length = reader.u16le()
    const type = reader.u16le() & typeMask
    attributes.set(type, reader.sub(length - 4))
    skipPadding(reader, length)
  }
  return attributes
}

/** Text ends at the first NUL. */
export function readText(reader: Reader): string {
  const bytes = Buffer.from(reader.rest())
  const end = bytes.indexOf(0)
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end)
}

/** For what outlives the datagram, whose memory the next one takes. (A Buffer's own slice() does not copy.) */
export function copyOf(reader: Reader | undefined): Uint8Array | undefined {
  return reader && new Uint8Array(reader.rest())
}

/** The last message, or attribute, need not be padded. */
function skipPadding(reader: Reader, length: number): void {
  reader.skip(Math.min(-length & 3, reader.remaining))
}
