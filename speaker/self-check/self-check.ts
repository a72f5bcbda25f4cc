import { isDeepStrictEqual } from 'node:util'
import type { Clock, Timer } from '../../kube/clock.ts'
import { type JournalEntry, type KnownProblem, nextEntry } from './journal.ts'
import { type HostFacts, problemsOf } from './problems.ts'
import type { readSettings } from './settings.ts'

export interface SelfCheckOptions {
  /** What is known without reading; undefined: too little, yet. */
  readonly facts: () => Omit<HostFacts, 'settings'> | undefined
  readonly readSettings: typeof readSettings
  readonly clock: Clock
  readonly random: () => number
  /** When problems came, went, or are described otherwise. */
  readonly onChange: (entry: JournalEntry) => void
  readonly onError: (error: unknown) => void
}

/** The kernel does not tell when a setting changes. Spread, so that not all nodes look at once. */
const every = { millis: 30_000, jitter: 0.25 } as const

/** Looks for what is wrong with the node: now and then, and when it is told that something has changed. */
export class SelfCheck {
  readonly #options: SelfCheckOptions
  #known: readonly KnownProblem[] = []
  #timer: Timer | undefined
  #isLooking = false
  #isStale = false
  #isClosed = false

  constructor(options: SelfCheckOptions) {
    this.#options = options
    this.#lookLater()
  }

  get problems(): readonly KnownProblem[] {
    return this.#known
  }

  /** Some fact may be another. */
  changed(): void {
    if (this.#isLooking) this.#isStale = true
    else void this.#look()
  }

  close(): void {
    this.#isClosed = true
    this.#options.clock.clearTimeout(this.#timer)
  }

  async #look(): Promise<void> {
    this.#isLooking = true
    do {
      this.#isStale = false
      await this.#lookOnce()
    } while (this.#isStale && !this.#isClosed)
    this.#isLooking = false
  }

  async #lookOnce(): Promise<void> {
    const { facts, readSettings, onError } = this.#options
    try {
      const names = facts()?.network.usable.map(({ name }) => name)
      const settings = names && (await readSettings(names))
      const known = facts()
      if (settings && known && !this.#isClosed) this.#note({ ...known, settings })
    } catch (error) {
      onError(error)
    }
  }

  #note(facts: HostFacts): void {
    const { clock, onChange } = this.#options
    const entry = nextEntry(this.#known, problemsOf(facts), clock.wallTime())
    if (isDeepStrictEqual(entry.known, this.#known)) return
    this.#known = entry.known
    onChange(entry)
  }

  #lookLater(): void {
    const { clock, random } = this.#options
    const millis = every.millis * (1 + every.jitter * random())
    this.#timer = clock.setTimeout(() => {
      this.changed()
      this.#lookLater()
    }, millis)
    this.#timer.unref?.()
  }
}
