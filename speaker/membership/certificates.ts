import type { Life } from './message.ts'

/** Deaths that two votes have proven here, gathered for a moment: after a massacre one datagram to each instead of dozens. */
export class Certificates {
  readonly #gatherMillis: number
  #lives: Life[] = []
  #dueMillis = Number.POSITIVE_INFINITY

  constructor(gatherMillis: number) {
    this.#gatherMillis = gatherMillis
  }

  get dueMillis(): number {
    return this.#dueMillis
  }

  gather(life: Life, nowMillis: number): void {
    if (this.#lives.length === 0) this.#dueMillis = nowMillis + this.#gatherMillis
    this.#lives.push(life)
  }

  take(nowMillis: number): readonly Life[] {
    if (nowMillis < this.#dueMillis) return []
    const lives = this.#lives
    this.#lives = []
    this.#dueMillis = Number.POSITIVE_INFINITY
    return lives
  }
}
