/** A request as it goes on the wire (RFC 9112 sections 2 to 6). */
export interface HttpRequest {
  readonly method: string
  readonly path: string
  /** Undefined: not sent. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: string | undefined
}

const visible = /^[\x21-\x7e]+$/
/** Also the blank and the tab: a line break would begin another field. */
const fieldValue = /^[\t\x20-\x7e]*$/

/** @throws TypeError for what would not arrive as one request */
export function requestText({ method, path, headers, body }: HttpRequest): string {
  if (!visible.test(path)) throw new TypeError('a path must be encoded')
  let text = `${method} ${path} HTTP/1.1\r\n`
  for (const name in headers) {
    const value = headers[name]
    if (value === undefined) continue
    if (!fieldValue.test(value)) throw new TypeError(`header field ${name} holds what must not be sent`)
    text += `${name}: ${value}\r\n`
  }
  return body === undefined ? `${text}\r\n` : `${text}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}
