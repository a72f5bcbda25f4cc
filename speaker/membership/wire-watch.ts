import type { Clock } from './clock.ts'
import { type FrameCounts, hasReceived } from './wire.ts'

export interface WireWatchOptions {
  readonly clock: Clock
  readonly frameCounts: () => FrameCounts
  /** Those whose frames count as signs of the network. */
  readonly interfaces: () => readonly string[]
  /** Whether there is anybody to hear: who has nobody is not deaf. */
  readonly hasOthers: () => boolean
  readonly onFrame: () => void
  /** Somebody is to be asked who is always there. */
  readonly onSilence: () => void
}

/** So long after the last datagram of a member the wire itself is looked at, and so often then. */
const silence = { afterMillis: 150, everyMillis: 100 } as const

/** Looks at the wire itself while no member is heard: the kernel counts frames that no socket of ours gets. */
export class WireWatch {
  readonly #options: WireWatchOptions
  #heardMillis: number
  #timer: unknown
  /** At the last look. */
  #frames: FrameCounts | undefined

  constructor(options: WireWatchOptions) {
    this.#options = options
    this.#heardMillis = options.clock.now()
  }

  /** From now on, again and again. */
  start(): void {
    const { clock, hasOthers, onFrame } = this.#options
    const silentMillis = clock.now() - this.#heardMillis
    const isSilent = silentMillis >= silence.afterMillis
    if (!hasOthers()) onFrame()
    this.#frames = isSilent && hasOthers() ? this.#look() : undefined
    const nextMillis = isSilent
      ? silence.everyMillis
      : Math.max(silence.afterMillis - silentMillis, silence.everyMillis)
    this.#timer = clock.setTimeout(() => this.start(), nextMillis)
  }

  /** A member was heard. */
  heard(): void {
    this.#heardMillis = this.#options.clock.now()
  }

  close(): void {
    this.#options.clock.clearTimeout(this.#timer)
  }

  #look(): FrameCounts {
    const { frameCounts, interfaces, onFrame, onSilence } = this.#options
    const [before, after] = [this.#frames, frameCounts()]
    if (before && hasReceived(before, after, interfaces())) onFrame()
    else onSilence()
    return after
  }
}
