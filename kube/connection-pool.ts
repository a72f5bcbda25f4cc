/**
 * Keeps connections for requests to come, and lets no more than a few exist at once: who comes later waits in line.
 * The one that was used last is used first, so that those nobody needs are forgotten.
 */
import { type Address, Connection, type Exchange } from './connection.ts'
import type { ResponseHead } from './http-response.ts'

/** An API server closes an idle connection after 90 s: before that, so that a request does not meet the closing. */
const idleMillis = 60_000

export class ConnectionPool {
  readonly #address: Address
  readonly #limit: number
  readonly #idle: { connection: Connection; sinceMillis: number }[] = []
  readonly #waiting = new Set<() => void>()
  #inUse = 0

  constructor(address: Address, limit: number) {
    this.#address = address
    this.#limit = limit
  }

  async exchange(exchange: Exchange): Promise<ResponseHead> {
    if (this.#inUse < this.#limit) this.#inUse += 1
    else await this.#turn(exchange.signal)
    let connection: Connection | undefined
    try {
      connection = this.#takeIdle() ?? (await Connection.open(this.#address, exchange.signal))
      return await connection.exchange(exchange)
    } catch (error) {
      // What did not answer may be gone without a word: the next request is not to find out about each connection to it.
      if (exchange.signal.aborted) this.close()
      throw error
    } finally {
      this.#release(connection)
    }
  }

  /** Those in use end with their exchanges. */
  close(): void {
    for (const { connection } of this.#idle.splice(0)) connection.destroy()
  }

  #takeIdle(): Connection | undefined {
    const oldestMillis = performance.now() - idleMillis
    for (;;) {
      const found = this.#idle.pop()
      if (found === undefined) return undefined
      if (found.connection.isReusable && found.sinceMillis > oldestMillis) {
        found.connection.wake()
        return found.connection
      }
      found.connection.destroy()
    }
  }

  #release(connection: Connection | undefined): void {
    if (connection?.isReusable) {
      connection.rest()
      this.#idle.push({ connection, sinceMillis: performance.now() })
    } else connection?.destroy()
    const [next] = this.#waiting
    if (next === undefined) this.#inUse -= 1
    else next() // the place in the pool passes over
  }

  #turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.delete(enter)
        signal.removeEventListener('abort', giveUp)
      }
      const enter = () => {
        leave()
        resolve()
      }
      const giveUp = () => {
        leave()
        reject(signal.reason)
      }
      this.#waiting.add(enter)
      signal.addEventListener('abort', giveUp)
    })
  }
}
