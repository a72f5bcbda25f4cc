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
