import type { Clock, Timer } from '../../kube/clock.ts'
import type { RightOfWay } from '../../kube/right-of-way.ts'
import type { Wishes } from './wishes.ts'

export interface PaceOptions {
  readonly wishes: Pick<Wishes<unknown>, 'due' | 'nextMillis'>
  /** Addresses go first. */
  readonly rightOfWay: Pick<RightOfWay, 'isTaken'>
  /** These Services may be written now. */
  readonly release: (services: readonly string[]) => void
  readonly clock: Clock
}

/** Every kube-proxy of the cluster hears of each write: 200 a second are enough, and 20 while there are addresses to give. */
const periodMillis = 50
const perPeriod = { quiet: 10, busy: 1 } as const
/** Released and not written: a server in trouble is not given more to do. */
const mostUnderWay = 64

/** Releases what has been wanted for long enough, a few at a time. One timer, whatever waits. */
export class Pace {
  readonly #options: PaceOptions
  readonly #released = new Set<string>()
  #timer: Timer | undefined
  #isStopped = false

  constructor(options: PaceOptions) {
    this.#options = options
  }

  /** To be called when something is wanted. */
  look(): void {
    const { wishes, clock } = this.#options
    if (this.#timer !== undefined || this.#isStopped) return
    const now = clock.now()
    const nextMillis = this.#next(now).length > 0 ? now + periodMillis : wishes.nextMillis(now)
    if (nextMillis === undefined) return
    this.#timer = clock.setTimeout(() => this.#wake(), nextMillis - now)
  }

  isReleased(service: string): boolean {
    return this.#released.has(service)
  }

  /** It is written, or wants to be no more. */
  done(service: string): void {
    if (this.#released.delete(service)) this.look()
  }

  stop(): void {
    this.#isStopped = true
    this.#options.clock.clearTimeout(this.#timer)
  }

  #wake(): void {
    this.#timer = undefined
    const services = this.#next(this.#options.clock.now())
    for (const service of services) this.#released.add(service)
    if (services.length > 0) this.#options.release(services)
    this.look()
  }

  #next(nowMillis: number): string[] {
    const { wishes, rightOfWay } = this.#options
    const limit = Math.min(perPeriod[rightOfWay.isTaken ? 'busy' : 'quiet'], mostUnderWay - this.#released.size)
    const next: string[] = []
    for (const service of wishes.due(nowMillis)) {
      if (next.length >= limit) break
      if (!this.#released.has(service)) next.push(service)
    }
    return next
  }
}
