/** So many in a burst, and so many a second in the long run. */
export class TokenBucket {
  readonly #perSecond: number
  readonly #burst: number
  #tokens: number
  #atMillis = 0

  constructor({ perSecond, burst }: { perSecond: number; burst: number }) {
    this.#perSecond = perSecond
    this.#burst = burst
    this.#tokens = burst
  }

  take(nowMillis: number): boolean {
    const elapsedSeconds = Math.max(0, nowMillis - this.#atMillis) / 1000
    this.#tokens = Math.min(this.#burst, this.#tokens + elapsedSeconds * this.#perSecond)
    this.#atMillis = nowMillis
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }
}
