import type { Clock } from './clock.ts'

/** Resolves after the time, or when the signal comes. */
export function pause(clock: Clock, millis: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clock.clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = clock.setTimeout(end, millis)
    signal.addEventListener('abort', end)
  })
}
