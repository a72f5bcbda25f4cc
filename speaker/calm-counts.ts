import { isDeepStrictEqual } from 'node:util'
import type { Clock, Timer } from '../kube/clock.ts'

interface Counts {
  readonly seen: number
  readonly serving: number
}

export interface CalmCountsOptions {
  /** The newest ones may be told. */
  readonly onDue: () => void
  readonly clock: Clock
  readonly random: () => number
}

/** Fewer tell at once. */
const manyMembers = 20
const perMemberMillis = 50

/**
 * When one speaker goes all others count anew, and while all are updated in turn they do so the whole time. So that a thousand
 * nodes do not write a thousand statuses a second, each waits the longer the more there are, and then tells the newest.
 */
export class CalmCounts {
  readonly #options: CalmCountsOptions
  #told: Counts | undefined
  #timer: Timer | undefined

  constructor(options: CalmCountsOptions) {
    this.#options = options
  }

  /** What is to be told, of the newest counts. */
  of(newest: Counts | undefined): Counts | undefined {
    if (newest === undefined || this.#told === undefined || newest.seen < manyMembers)
      this.#told = newest && { ...newest }
    else if (!isDeepStrictEqual(newest, this.#told)) this.#wait(newest.seen)
    return this.#told
  }

  close(): void {
    this.#options.clock.clearTimeout(this.#timer)
  }

  #wait(members: number): void {
    const { clock, random, onDue } = this.#options
    this.#timer ??= clock.setTimeout(
      () => {
        this.#timer = undefined
        this.#told = undefined
        onDue()
      },
      members * perMemberMillis * (0.5 + random()),
    )
  }
}
