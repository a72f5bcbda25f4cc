/** Hosts and switches learn from announcements nobody asked for; one may be lost, so each is repeated for a while. */
export const burst = { repeatMillis: 1100, lengthMillis: 5000 } as const

interface Repetition {
  readonly dueMillis: number
  readonly untilMillis: number
}

/**
 * Which addresses to announce when. Pure: the time comes in.
 * The interval is the same for all, so the order of insertion is the order of what is due.
 */
export class BurstPlan<T> {
  readonly #repetitions = new Map<T, Repetition>()

  /** Begins a burst, or prolongs the one that runs; true when the first announcement is due at once. */
  start(subject: T, nowMillis: number): boolean {
    const running = this.#repetitions.get(subject)
    const dueMillis = running?.dueMillis ?? nowMillis + burst.repeatMillis
    this.#repetitions.set(subject, { dueMillis, untilMillis: nowMillis + burst.lengthMillis })
    return running === undefined
  }

  /** Begins a burst, whether one runs or not: the first announcement is due at once. */
  restart(subject: T, nowMillis: number): void {
    this.#repetitions.delete(subject) // to the end of what is due
    this.start(subject, nowMillis)
  }

  stop(subject: T): void {
    this.#repetitions.delete(subject)
  }

  /** Takes what is due by now, and plans its next repetition unless its burst ends before. */
  takeDue(nowMillis: number): T[] {
    const due: T[] = []
    for (const [subject, { dueMillis, untilMillis }] of this.#repetitions) {
      if (dueMillis > nowMillis) break
      due.push(subject)
      this.#repetitions.delete(subject)
      const next = nowMillis + burst.repeatMillis
      if (next <= untilMillis) this.#repetitions.set(subject, { dueMillis: next, untilMillis })
    }
    return due
  }

  nextDueMillis(): number | undefined {
    return this.#repetitions.values().next().value?.dueMillis
  }
}

/** What is needed of a clock: a monotonic one. */
export interface BurstClock {
  now(): number
  setTimeout(run: () => void, millis: number): unknown
  clearTimeout(timer: unknown): void
}

/** Runs a {@link BurstPlan} with a single timer. */
export class Unsolicited<T> {
  readonly #plan = new BurstPlan<T>()
  readonly #clock: BurstClock
  readonly #announce: (subjects: readonly T[]) => void
  #timer: unknown
  #closed = false

  constructor(clock: BurstClock, announce: (subjects: readonly T[]) => void) {
    this.#clock = clock
    this.#announce = announce
  }

  start(subjects: readonly T[]): void {
    if (this.#closed) return
    const now = this.#clock.now()
    const fresh = subjects.filter((subject) => this.#plan.start(subject, now))
    if (fresh.length > 0) this.#announce(fresh)
    this.#arm()
  }

  restart(subjects: readonly T[]): void {
    if (this.#closed || subjects.length === 0) return
    const now = this.#clock.now()
    for (const subject of subjects) this.#plan.restart(subject, now)
    this.#announce(subjects)
    this.#arm()
  }

  stop(subject: T): void {
    this.#plan.stop(subject)
  }

  close(): void {
    this.#closed = true
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #arm(): void {
    const dueMillis = this.#plan.nextDueMillis()
    if (this.#closed || this.#timer !== undefined || dueMillis === undefined) return
    this.#timer = this.#clock.setTimeout(() => this.#ring(), Math.max(0, dueMillis - this.#clock.now()))
  }

  #ring(): void {
    this.#timer = undefined
    const due = this.#plan.takeDue(this.#clock.now())
    if (due.length > 0) this.#announce(due)
    this.#arm()
  }
}
