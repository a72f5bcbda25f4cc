import type { Message } from './message.ts'

export type MessageErrorCode = 'unknown-version' | 'unknown-type' | 'malformed'

/** A datagram that is none of ours, or not of this version. */
export class MessageError extends Error {
  override readonly name = 'MessageError'
  readonly code: MessageErrorCode

  constructor(code: MessageErrorCode, detail: string, options?: ErrorOptions) {
    super(detail, options)
    this.code = code
  }
}

/** Throws RangeError for what does not fit its field. */
export function encodeMessage(_message: Message): Uint8Array {
  throw new MessageError('unknown-type', 'no message yet')
}

/** Throws {@link MessageError}, and nothing else. */
export function decodeMessage(_bytes: Uint8Array): Message {
  throw new MessageError('unknown-type', 'no message yet')
}
