import { setTimeout as pause } from 'node:timers/promises'

export interface WaitOptions {
  readonly timeoutMillis?: number
  readonly intervalMillis?: number
}

export class WaitError extends Error {
  readonly code = 'wait-timeout'

  constructor(what: string, timeoutMillis: number, cause: unknown) {
    super(`waited ${timeoutMillis} ms in vain for: ${what}${cause instanceof Error ? ` (${cause.message})` : ''}`)
    this.name = 'WaitError'
    this.cause = cause
  }
}

/**
 * Asks again and again until the answer is neither undefined nor false, and resolves with it.
 * An answer that throws counts as "not yet"; the last such error becomes the cause of the WaitError.
 */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  { timeoutMillis = 10_000, intervalMillis = 50 }: WaitOptions = {},
): Promise<Exclude<T, undefined | false>> {
  const deadline = performance.now() + timeoutMillis
  for (let lastError: unknown; ; ) {
    try {
      const answer = await condition()
      if (answer !== undefined && answer !== false) return answer as Exclude<T, undefined | false>
    } catch (error) {
      lastError = error
    }
    if (performance.now() > deadline) throw new WaitError(what, timeoutMillis, lastError)
    await pause(intervalMillis)
  }
}
