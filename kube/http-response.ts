/**
 * Reads one HTTP/1.1 response out of the bytes of a connection (RFC 9112). Pure: no socket in sight.
 *
 * Guarantees: the body's bytes are handed on without a copy as they come, and none of them is kept; what is not a
 * response throws, however the bytes are cut; `isReusable` is true only when it has ended exactly where the bytes did.
 */

export interface ResponseHead {
  readonly status: number
  /** By lower-case name; a field that came several times has all its values, separated by commas. */
  readonly headers: ReadonlyMap<string, string>
}

export interface ResponseHandler {
  onHead(head: ResponseHead): void
  /** The bytes are the caller's again when this returns. */
  onBody(bytes: Buffer): void
}

type State = 'head' | 'sized' | 'untilClose' | 'chunkSize' | 'chunk' | 'chunkEnd' | 'trailers' | 'ended'

const headLimitBytes = 65_536
const noBytes = Buffer.alloc(0)
const lineEnd = '\r\n'
/** RFC 9110 section 5: a folded line is none, nor is one with a line break or a NUL that others may read as an end. */
const headerField = /^([!#$%&'*+.^_`|~\w-]+):([^\r\n\0]*)$/

export class ResponseReader {
  readonly #handler: ResponseHandler
  #state: State = 'head'
  /** The beginning of a line or head whose end has not come. */
  #held: Buffer = noBytes
  /** Bytes of the body or chunk that are still to come. */
  #left = 0
  #mayPersist = true
  #hasExcess = false

  constructor(handler: ResponseHandler) {
    this.#handler = handler
  }

  get hasEnded(): boolean {
    return this.#state === 'ended'
  }

  /** The connection may carry another request. */
  get isReusable(): boolean {
    return this.hasEnded && this.#mayPersist && !this.#hasExcess
  }

  /** @throws SyntaxError for what is not a response; the reader is of no use then */
  push(bytes: Buffer): void {
    let rest: Buffer = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes])
    this.#held = noBytes
    while (rest.length > 0 && !this.hasEnded) {
      const used = this.#take(rest)
      if (used === 0) {
        if (rest.length > headLimitBytes) throw new SyntaxError('a line or head of the answer is too long')
        this.#held = Buffer.from(rest)
        return
      }
      rest = rest.subarray(used)
    }
    this.#hasExcess = rest.length > 0
  }

  /** No more bytes will come. False when the response is not complete. */
  close(): boolean {
    if (this.#state === 'untilClose') this.#state = 'ended'
    this.#mayPersist = false
    return this.hasEnded
  }

  /** How many of the bytes were used; 0: more are needed. */
  #take(bytes: Buffer): number {
    switch (this.#state) {
      case 'head':
        return this.#upTo(bytes, lineEnd + lineEnd, (text) => this.#readHead(text))
      case 'sized':
        return this.#pass(bytes, 'ended')
      case 'chunkSize':
        return this.#upTo(bytes, lineEnd, (line) => this.#readChunkSize(line))
      case 'chunk':
        return this.#pass(bytes, 'chunkEnd')
      case 'chunkEnd':
        return this.#upTo(bytes, lineEnd, (line) => this.#readChunkEnd(line))
      case 'trailers':
        return this.#upTo(bytes, lineEnd, (line) => this.#readTrailer(line))
      default: // untilClose
        this.#handler.onBody(bytes)
        return bytes.length
    }
  }

  #upTo(bytes: Buffer, end: string, read: (text: string) => void): number {
    const at = bytes.indexOf(end)
    if (at < 0) return 0
    read(bytes.toString('latin1', 0, at))
    return at + end.length
  }

  #pass(bytes: Buffer, next: State): number {
    const used = Math.min(bytes.length, this.#left)
    this.#left -= used
    if (this.#left === 0) this.#state = next
    this.#handler.onBody(used === bytes.length ? bytes : bytes.subarray(0, used))
    return used
  }

  #readHead(text: string): void {
    const { version, ...head } = parseHead(text)
    if (head.status === 101) throw new SyntaxError('the server changes the protocol, which it was not asked for')
    if (head.status < 200) return // an interim answer: the final one follows
    const { state, length, isAmbiguous } = bodyOf(head)
    this.#mayPersist = version === '1' && !isAmbiguous && !/\bclose\b/i.test(head.headers.get('connection') ?? '')
    this.#state = length === 0 ? 'ended' : state
    this.#left = length
    this.#handler.onHead(head)
  }

  #readChunkSize(line: string): void {
    const [, digits] = /^([0-9a-f]{1,12})[ \t]*(?:;.*)?$/i.exec(line) ?? []
    if (digits === undefined) throw new SyntaxError(`not the size of a chunk: ${JSON.stringify(line.slice(0, 40))}`)
    this.#left = Number.parseInt(digits, 16)
    this.#state = this.#left === 0 ? 'trailers' : 'chunk'
  }

  #readChunkEnd(line: string): void {
    if (line !== '') throw new SyntaxError('a chunk is longer than it said')
    this.#state = 'chunkSize'
  }

  #readTrailer(line: string): void {
    if (line === '') this.#state = 'ended'
  }
}

function parseHead(text: string): ResponseHead & { version: string } {
  const [statusLine = '', ...lines] = text.split(lineEnd)
  const [, version = '', status] = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: |$)/.exec(statusLine) ?? []
  if (status === undefined) throw new SyntaxError(`not HTTP/1.1: ${JSON.stringify(statusLine.slice(0, 40))}`)
  const headers = new Map<string, string>()
  for (const line of lines) {
    const [, field, value] = headerField.exec(line) ?? []
    if (field === undefined || value === undefined) throw new SyntaxError('not a header field')
    const name = field.toLowerCase()
    const before = headers.get(name)
    headers.set(name, before === undefined ? value.trim() : `${before}, ${value.trim()}`)
  }
  return { version, status: Number(status), headers }
}

/** RFC 9112 section 6.3. Ambiguous: both a length and an encoding, which somebody between us may read otherwise. */
function bodyOf({ status, headers }: ResponseHead): { state: State; length: number; isAmbiguous: boolean } {
  const [encoding, length] = [headers.get('transfer-encoding'), headers.get('content-length')]
  if (status === 204 || status === 304) return { state: 'ended', length: 0, isAmbiguous: false }
  if (encoding !== undefined) {
    if (encoding.toLowerCase() !== 'chunked') throw new SyntaxError(`unknown transfer encoding ${encoding}`)
    return { state: 'chunkSize', length: -1, isAmbiguous: length !== undefined }
  }
  if (length === undefined) return { state: 'untilClose', length: -1, isAmbiguous: false }
  if (!/^\d{1,15}$/.test(length)) throw new SyntaxError(`not a length: ${length}`)
  return { state: 'sized', length: Number(length), isAmbiguous: false }
}
