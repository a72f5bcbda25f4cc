/** Time as an argument: everything here that waits or measures takes a Clock, so that tests own the time. */
export interface Timer {
  /** A timer that is not worth keeping the process alive for. */
  unref?(): unknown
}

export interface Clock {
  /** Monotonic milliseconds; only differences mean something. */
  now(): number
  /** The calendar, for timestamps that others read. */
  wallTime(): Date
  setTimeout(run: () => void, millis: number): Timer
  clearTimeout(timer: Timer | undefined): void
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => new Date(),
  setTimeout: (run, millis) => setTimeout(run, millis),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
}
