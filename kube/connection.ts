/**
 * One connection to the server, and the exchanges on it, one at a time.
 *
 * `node:https` would do the same for three times the CPU, most of it for its streams, agents and abort signals
 * (docs/decisions/0012).
 */
import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { type ResponseHandler, type ResponseHead, ResponseReader } from './http-response.ts'

export interface Address {
  readonly host: string
  readonly port: number
  /** Undefined: no TLS. */
  readonly tls: ConnectionOptions | undefined
  /** What has just been read, of whichever connection: the callbacks of an exchange must not keep it. */
  readonly readBuffer: Buffer
}

export interface Exchange extends ResponseHandler {
  /** Request line, header fields and body, as they go on the wire. */
  readonly request: string
  readonly signal: AbortSignal
  /** Called directly before the request is sent; what it throws keeps it back. */
  readonly beforeSend?: () => void
}

interface Current {
  readonly reader: ResponseReader
  settle(error?: Error): void
}

/** TCP keep-alive probes begin after this silence, so that a connection to a vanished server ends. */
const keepAliveMillis = 30_000

export class Connection {
  readonly #socket: Socket
  #current: Current | undefined
  #isReusable = true

  /** Resolves when the server has been reached and, with TLS, is who it should be. */
  static async open({ host, port, tls, readBuffer }: Address, signal: AbortSignal): Promise<Connection> {
    let receive = (_: Buffer) => {}
    // One buffer for all reads: a socket that is left to itself takes 64 KiB for each.
    const callback = (size: number) => {
      receive(readBuffer.subarray(0, size))
      return true
    }
    const options = { host, port, onread: { buffer: readBuffer, callback } }
    const socket = tls === undefined ? connectTcp(options) : connectTls({ ...tls, ...options })
    try {
      await once(socket, tls === undefined ? 'connect' : 'secureConnect', { signal })
    } catch (error) {
      socket.destroy()
      throw error
    }
    const connection = new Connection(socket)
    receive = (bytes) => connection.#received(bytes)
    return connection
  }

  private constructor(socket: Socket) {
    this.#socket = socket
    let cause: Error = Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' })
    socket.setNoDelay(true).setKeepAlive(true, keepAliveMillis)
    socket.resume() // or the end would not be seen
    socket.on('error', (error) => {
      cause = error
    })
    // RFC 9112 section 8: what only the end of the connection completes is not complete when that end is an error.
    socket.on('close', (isError) => {
      if (!isError && this.#current?.reader.close()) this.#current.settle()
      else this.#end(cause)
    })
  }

  /** Another exchange may begin. */
  get isReusable(): boolean {
    return this.#isReusable && !this.#socket.destroyed
  }

  /** Resolves at the end of the response. What the callbacks throw ends the exchange, and the connection with it. */
  exchange({ request, signal, beforeSend, onHead, onBody }: Exchange): Promise<ResponseHead> {
    signal.throwIfAborted()
    beforeSend?.()
    return new Promise((resolve, reject) => {
      let head: ResponseHead | undefined
      const abort = () => this.#end(signal.reason)
      const settle = (error?: Error) => {
        this.#current = undefined
        signal.removeEventListener('abort', abort)
        if (head === undefined || error !== undefined) reject(error)
        else resolve(head)
      }
      const keepHead = (received: ResponseHead) => {
        head = received
        onHead(received)
      }
      this.#current = { reader: new ResponseReader({ onHead: keepHead, onBody }), settle }
      signal.addEventListener('abort', abort)
      this.#socket.write(request)
    })
  }

  /** An idle connection does not keep the process from ending. */
  rest(): void {
    this.#socket.unref()
  }

  wake(): void {
    this.#socket.ref()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #received(bytes: Buffer): void {
    if (this.#current === undefined) {
      this.destroy() // nobody asked: a proxy says good-bye
      return
    }
    const { reader, settle } = this.#current
    try {
      reader.push(bytes)
      if (!reader.hasEnded) return
      this.#isReusable = reader.isReusable
      settle()
    } catch (error) {
      this.#end(error as Error)
    }
  }

  #end(cause: Error): void {
    this.destroy()
    this.#current?.settle(cause)
  }
}
