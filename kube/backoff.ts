/** Exponential back-off with jitter, so that many clients of one failed server do not come back in step. */
export interface Backoff {
  initialMillis: number
  maximumMillis: number
}

/**
 * The delay before attempt `failures + 1`, after `failures` (1 or more) in a row: doubles up to the maximum, and then
 * anything from half of that to all of it.
 */
export function backoffMillis(backoff: Backoff, failures: number, random: () => number): number {
  const ceiling = Math.min(backoff.maximumMillis, backoff.initialMillis * 2 ** Math.min(failures - 1, 30))
  return ceiling * (0.5 + random() / 2)
}
