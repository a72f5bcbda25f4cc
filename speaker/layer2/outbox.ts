import { FrameBatch, type RawSocket } from '../../net/rawnet/index.ts'
import type { Holding } from './book.ts'
import type { Form } from './dialect.ts'
import { sendFrames } from './packet-socket.ts'
import type { BurstClock } from './unsolicited.ts'

export interface OutboxOptions {
  readonly socket: RawSocket
  readonly form: Form
  /** Whether frames about the address may still go out: waiting takes time. */
  readonly allows: (holding: Holding) => boolean
  /** All frames about the address were taken. */
  readonly onSent?: (holding: Holding, frames: number) => void
  /** Runs what may fail. */
  readonly guarded: (act: () => void) => void
  readonly clock: Pick<BurstClock, 'setTimeout' | 'clearTimeout'>
}

/**
 * So many frames go out in one turn and then the others on the wire have a moment to read them. When the kernel took
 * none so many times in a row, what waits is given up.
 */
export const outboxPace = { framesPerTurn: 512, pauseMillis: 1, vainTurns: 1000 } as const

const batchSlots = 128

/**
 * Frames about addresses on their way out. What is put in meanwhile waits for its turn, in order and each address at
 * most once, so that thousands reach their end and nothing else has to wait for them.
 */
export class Outbox {
  readonly #options: OutboxOptions
  readonly #batch: FrameBatch
  readonly #waiting = new Set<Holding>()
  #vainTurns = 0
  #timer: unknown
  #isBegun = false
  #isClosed = false

  constructor(options: OutboxOptions) {
    this.#options = options
    this.#batch = new FrameBatch({ slots: batchSlots, frameBytes: options.form.blanks[0]!.length })
  }

  /** What is put in by the same piece of work goes out together. */
  send(holdings: Iterable<Holding>): void {
    for (const holding of holdings) this.#waiting.add(holding)
    if (this.#isBegun || this.#timer !== undefined || this.#waiting.size === 0) return
    this.#isBegun = true
    queueMicrotask(() => {
      this.#isBegun = false
      this.#turn()
    })
  }

  close(): void {
    this.#isClosed = true
    this.#waiting.clear()
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #turn(): void {
    this.#options.guarded(() => {
      let frames = 0
      for (let sent = 1; sent > 0 && frames < outboxPace.framesPerTurn; frames += sent) sent = this.#sendSome()
      this.#vainTurns = frames > 0 ? 0 : this.#vainTurns + 1
    })
    if (this.#vainTurns > outboxPace.vainTurns) this.#giveUp()
    if (this.#waiting.size > 0 && !this.#isClosed) this.#pause()
  }

  /** How many frames were taken. What was taken of an address in part goes out again as a whole. */
  #sendSome(): number {
    const { form, socket, onSent } = this.#options
    const framesEach = form.blanks.length
    const holdings = this.#fill()
    const taken = sendFrames(socket, this.#batch, holdings.length * framesEach)
    for (const holding of holdings.slice(0, Math.floor(taken / framesEach))) {
      this.#waiting.delete(holding)
      onSent?.(holding, framesEach)
    }
    return taken
  }

  /** The addresses whose frames are in the batch now. */
  #fill(): Holding[] {
    const { form, allows } = this.#options
    const holdings: Holding[] = []
    let slot = 0
    for (const holding of this.#waiting) {
      if (slot + form.blanks.length > batchSlots) break
      if (!allows(holding)) {
        this.#waiting.delete(holding)
        continue
      }
      for (const blank of form.blanks) {
        const frame = this.#batch.frames[slot++]!
        frame.set(blank)
        form.fill(frame, holding.bytes)
      }
      holdings.push(holding)
    }
    return holdings
  }

  #pause(): void {
    this.#timer = this.#options.clock.setTimeout(() => {
      this.#timer = undefined
      this.#turn()
    }, outboxPace.pauseMillis)
  }

  /** The next repetition of the burst comes soon enough. */
  #giveUp(): void {
    this.#waiting.clear()
    this.#vainTurns = 0
  }
}
