const deathsToDamp = 3
const windowMillis = 5 * 60_000
const firstMillis = 60_000
const longestMillis = 10 * 60_000

/** A node that is believed dead again and again moves its addresses each time: it has to stand back for a while, longer each time. */
export class Damping {
  #deathsMillis: number[] = []
  #penaltyMillis = 0
  #untilMillis = Number.NEGATIVE_INFINITY

  get untilMillis(): number {
    return this.#untilMillis
  }

  isDamped(nowMillis: number): boolean {
    return nowMillis < this.#untilMillis
  }

  /** The others believed this node dead. True if that was once too often. */
  died(nowMillis: number): boolean {
    this.#deathsMillis = [...this.#deathsMillis.filter((millis) => nowMillis - millis < windowMillis), nowMillis]
    if (this.#deathsMillis.length < deathsToDamp) return false
    this.#deathsMillis = []
    const isFirst = nowMillis - this.#untilMillis >= longestMillis
    this.#penaltyMillis = isFirst ? firstMillis : Math.min(longestMillis, 2 * this.#penaltyMillis)
    this.#untilMillis = nowMillis + this.#penaltyMillis
    return true
  }
}
