import type { Clock, Timer } from '../../kube/clock.ts'
import type { ask, Reply } from './ask.ts'
import { type Answer, type Fitness, type Health, type Pace, step, unknownHealth, waitMillis } from './health.ts'

export interface DataplaneGateOptions {
  /** Whose answer says whether the node may carry traffic; undefined: kube-proxy is only looked after, from afar. */
  readonly url: URL | undefined
  readonly ask: typeof ask
  readonly clock: Clock
  readonly random: () => number
  /** Fitness or fault is another. */
  readonly onChange: () => void
}

/** Where kube-proxy listens unless told otherwise. */
const usualUrl = new URL('http://127.0.0.1:10256/healthz')

const paces = {
  gate: { restMillis: 2_000, doubtMillis: 500, unfitMillis: 1_000, longestMillis: 8_000 },
  afar: { restMillis: 30_000, doubtMillis: 5_000, unfitMillis: 30_000, longestMillis: 30_000 },
} as const satisfies Record<string, Pace>

/** Asks again and again whether kube-proxy (or whatever stands for it) is well. */
export class DataplaneGate {
  readonly #options: DataplaneGateOptions
  readonly #url: URL
  #health: Health = unknownHealth
  #lastFault = ''
  #hasAnswered = false
  #timer: Timer | undefined
  #isClosed = false

  constructor(options: DataplaneGateOptions) {
    this.#options = options
    this.#url = options.url ?? usualUrl
    void this.#ask()
  }

  /** Without a URL nodes are always fit. */
  get fitness(): Fitness {
    return this.#options.url === undefined ? 'fit' : this.#health.fitness
  }

  /** What is wrong, in a few words; undefined while nothing is. */
  get fault(): string | undefined {
    return this.#health.fitness === 'unfit' ? `${this.#url.href} ${this.#lastFault}` : undefined
  }

  close(): void {
    this.#isClosed = true
    this.#options.clock.clearTimeout(this.#timer)
  }

  async #ask(): Promise<void> {
    const { url, clock, random, onChange } = this.#options
    const reply = await this.#options.ask(this.#url, clock)
    if (this.#isClosed) return
    const before = [this.#health.fitness, this.fault].join()
    this.#health = step(this.#health, this.#judge(reply))
    if ([this.#health.fitness, this.fault].join() !== before) onChange()
    const pace = url === undefined ? paces.afar : paces.gate
    this.#timer = clock.setTimeout(() => void this.#ask(), waitMillis(this.#health, pace, random))
    this.#timer.unref?.()
  }

  #judge(reply: Reply): Answer {
    // 1. Not every cluster has a kube-proxy: where nobody has asked for the gate, silence is a fault only after an answer.
    const isExpected = this.#options.url !== undefined || this.#hasAnswered
    if (reply.type === 'refused' && !isExpected) return 'good'
    // 2. Whoever answers says how it is.
    if (reply.type === 'answered') this.#hasAnswered = true
    const fault = faultOf(reply)
    if (fault === undefined) return 'good'
    this.#lastFault = fault
    return 'bad'
  }
}

function faultOf(reply: Reply): string | undefined {
  if (reply.type === 'refused') return 'refuses connections'
  if (reply.type === 'failed') return `failed: ${reply.reason}`
  return reply.status >= 200 && reply.status < 300 ? undefined : `answers ${reply.status}`
}
