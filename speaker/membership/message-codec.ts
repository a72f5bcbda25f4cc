/**
 * Messages as bytes; `transport.ts` seals them. One datagram is one message:
 *
 *     version (1)  type (1)  incarnation (6)  phase (1)  body
 *
 *     heartbeat   configuration (4)  digest (4)
 *     ping, leave nothing
 *     ack, alive  facts
 *     suspect, crashed  life
 *     dead        count (2)  lives
 *     sync        part (2)  parts (2)  question (1)  count (2)  reports
 *     news        count (2)  reports
 *     join        question (1)  facts
 *
 * Whatever decodes is written back as the same bytes: nothing is skipped, nothing has two forms.
 */
import { BoundsError, Reader, Writer } from '../../net/cursor.ts'
import type { Message, MessageType, Stamp } from './message.ts'
import { MessageError } from './message-error.ts'
import {
  readFacts,
  readFlag,
  readIncarnation,
  readLife,
  readPhase,
  readReport,
  writeFacts,
  writeFlag,
  writeIncarnation,
  writeLife,
  writePhase,
  writeReport,
} from './report-codec.ts'

/** Of a message, before it is sealed: with the seal and the headers it fits an Ethernet frame and any tunnel. */
export const maxDatagramBytes = 1200

const version = 1

type Of<T extends MessageType> = Extract<Message, { type: T }>

interface Row<T extends MessageType> {
  readonly code: number
  readonly write: (writer: Writer, message: Of<T>) => void
  readonly read: (reader: Reader, stamp: Stamp) => Of<T>
}

const rows: { readonly [T in MessageType]: Row<T> } = {
  heartbeat: {
    code: 1,
    write: (writer, { configuration, digest }) => {
      writer.u32(configuration)
      writer.u32(digest)
    },
    read: (reader, stamp) => ({ type: 'heartbeat', ...stamp, configuration: reader.u32(), digest: reader.u32() }),
  },
  ping: { code: 2, write: () => {}, read: (_reader, stamp) => ({ type: 'ping', ...stamp }) },
  ack: { code: 3, write: writeFacts, read: (reader, stamp) => ({ type: 'ack', ...stamp, ...readFacts(reader) }) },
  suspect: {
    code: 4,
    write: (writer, { accused }) => writeLife(writer, accused),
    read: (reader, stamp) => ({ type: 'suspect', ...stamp, accused: readLife(reader) }),
  },
  alive: { code: 5, write: writeFacts, read: (reader, stamp) => ({ type: 'alive', ...stamp, ...readFacts(reader) }) },
  dead: {
    code: 6,
    write: (writer, { lives }) => writeList(writer, lives, writeLife),
    read: (reader, stamp) => ({ type: 'dead', ...stamp, lives: readList(reader, readLife) }),
  },
  sync: {
    code: 7,
    write: (writer, { part, parts, isQuestion, members }) => {
      writer.u16(part)
      writer.u16(parts)
      writeFlag(writer, isQuestion)
      writeList(writer, members, writeReport)
    },
    read: (reader, stamp) => {
      const [part, parts] = [reader.u16(), reader.u16()]
      if (part >= parts) throw new MessageError('malformed', `part ${part} of ${parts}`)
      return {
        type: 'sync',
        ...stamp,
        part,
        parts,
        isQuestion: readFlag(reader),
        members: readList(reader, readReport),
      }
    },
  },
  news: {
    code: 8,
    write: (writer, { members }) => writeList(writer, members, writeReport),
    read: (reader, stamp) => ({ type: 'news', ...stamp, members: readList(reader, readReport) }),
  },
  join: {
    code: 9,
    write: (writer, message) => {
      writeFlag(writer, message.isQuestion)
      writeFacts(writer, message)
    },
    read: (reader, stamp) => ({ type: 'join', ...stamp, isQuestion: readFlag(reader), ...readFacts(reader) }),
  },
  leave: { code: 10, write: () => {}, read: (_reader, stamp) => ({ type: 'leave', ...stamp }) },
  crashed: {
    code: 11,
    write: (writer, { accused }) => writeLife(writer, accused),
    read: (reader, stamp) => ({ type: 'crashed', ...stamp, accused: readLife(reader) }),
  },
}

const rowsByCode = new Map(Object.values(rows).map((row) => [row.code, row as Row<MessageType>]))

/** Throws RangeError for what does not fit its field, or all together no datagram. */
export function encodeMessage(message: Message): Uint8Array {
  const row = rows[message.type] as Row<MessageType>
  const writer = new Writer()
  writer.u8(version)
  writer.u8(row.code)
  writeIncarnation(writer, message.incarnation)
  writePhase(writer, message.phase)
  row.write(writer, message)
  if (writer.length > maxDatagramBytes) throw new RangeError(`${message.type} of ${writer.length} bytes`)
  return writer.finish()
}

/** Throws {@link MessageError}, and nothing else. */
export function decodeMessage(bytes: Uint8Array): Message {
  if (bytes.length > maxDatagramBytes) throw new MessageError('malformed', `${bytes.length} bytes are too many`)
  try {
    return readMessage(new Reader(bytes))
  } catch (error) {
    if (error instanceof BoundsError) throw new MessageError('malformed', error.message, { cause: error })
    throw error
  }
}

function readMessage(reader: Reader): Message {
  const saidVersion = reader.u8()
  if (saidVersion !== version) throw new MessageError('unknown-version', `version ${saidVersion}, this is ${version}`)
  const code = reader.u8()
  const row = rowsByCode.get(code)
  if (row === undefined) throw new MessageError('unknown-type', `type ${code}`)
  const message = row.read(reader, { incarnation: readIncarnation(reader), phase: readPhase(reader) })
  if (reader.remaining > 0) throw new MessageError('malformed', `${reader.remaining} bytes after the ${message.type}`)
  return message
}

function writeList<T>(writer: Writer, items: readonly T[], write: (writer: Writer, item: T) => void): void {
  writer.u16(items.length)
  for (const item of items) write(writer, item)
}

function readList<T>(reader: Reader, read: (reader: Reader) => T): T[] {
  const count = reader.u16()
  const items: T[] = []
  while (items.length < count) items.push(read(reader))
  return items
}
