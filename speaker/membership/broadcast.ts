/** One word to all, said several times: what it says is asked anew each time. */
export class Broadcast {
  #atMillis: number[] = []

  get dueMillis(): number {
    return this.#atMillis[0] ?? Number.POSITIVE_INFINITY
  }

  /** Takes the place of what is still to be said. */
  begin(nowMillis: number, afterMillis: readonly number[]): void {
    this.#atMillis = afterMillis.map((millis) => nowMillis + millis)
  }

  /** Whether to say it now. After a stall once is enough. */
  take(nowMillis: number): boolean {
    const isDue = this.dueMillis <= nowMillis
    while (this.dueMillis <= nowMillis) this.#atMillis.shift()
    return isDue
  }
}
