/** Monotonic milliseconds, so that nobody who sets the calendar kills a node. */
export interface Clock {
  now(): number
  setTimeout(run: () => void, millis: number): unknown
  clearTimeout(timer: unknown): void
}
