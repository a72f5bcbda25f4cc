/**
 * What a node's kernel does without any speaker: it says that nobody listens on a port, at a limited rate, and it knows
 * where its neighbours are until it has lost them.
 */
export class Kernel {
  /** Another node whose speaker gets our datagrams only after it has been asked for. */
  readonly #lost = new Set<number>()
  readonly #credit = new Map<number, { tokens: number; sinceMillis: number }>()

  /** net.ipv4.icmp_ratelimit and its IPv6 twin: to each host six at once, then one in a second. */
  mayReportUnreachable(to: number, nowMillis: number): boolean {
    const credit = this.#credit.get(to) ?? { tokens: burst, sinceMillis: nowMillis }
    const tokens = Math.min(burst, credit.tokens + (nowMillis - credit.sinceMillis) / millisEach)
    const may = tokens >= 1
    this.#credit.set(to, { tokens: may ? tokens - 1 : tokens, sinceMillis: nowMillis })
    return may
  }

  /** Nothing was heard of it for long: its entry is incomplete, and it is asked for once a second. */
  lose(neighbour: number): void {
    this.#lost.add(neighbour)
  }

  find(neighbour: number): void {
    this.#lost.delete(neighbour)
  }

  hasLost(neighbour: number): boolean {
    return this.#lost.size > 0 && this.#lost.has(neighbour)
  }
}

const burst = 6
const millisEach = 1000
