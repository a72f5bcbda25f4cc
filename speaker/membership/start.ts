import type { Constants } from './constants.ts'

/**
 * The wait between JOIN and `synced`: until somebody who serves has told its whole view, and a moment longer for others. Lists of those that
 * start as well may be as empty as the own one: they count later, when whoever serves would have answered. Without any list: a second.
 * Who does not know yet whom to ask waits until it does.
 */
export class Start {
  readonly #constants: Constants
  readonly #sinceMillis: number
  /** By sender: which parts of its view have come. */
  readonly #parts = new Map<string, Set<number>>()
  #dueMillis = Number.POSITIVE_INFINITY
  #isTold = false

  /** @param others how many are expected; false: that is not known */
  constructor(constants: Constants, nowMillis: number, others: number | false) {
    const { startAloneMillis, settleMillis } = constants
    this.#constants = constants
    this.#sinceMillis = nowMillis
    if (others !== false) this.#dueMillis = nowMillis + (others > 0 ? startAloneMillis : settleMillis)
  }

  get dueMillis(): number {
    return this.#dueMillis
  }

  /** Somebody who does not start as well has told its whole view: nobody else needs to be asked. */
  get isTold(): boolean {
    return this.#isTold
  }

  /** One part of a view has come. */
  hear(from: string, isStarting: boolean, part: number, parts: number, nowMillis: number): void {
    const seen = this.#parts.get(from) ?? new Set()
    this.#parts.set(from, seen.add(part))
    if (seen.size < parts) return
    this.#isTold ||= !isStarting
    const { settleMillis, startTogetherMillis } = this.#constants
    const settledMillis = nowMillis + settleMillis
    const dueMillis = isStarting ? Math.max(settledMillis, this.#sinceMillis + startTogetherMillis) : settledMillis
    this.#dueMillis = Math.min(this.#dueMillis, dueMillis)
  }
}
