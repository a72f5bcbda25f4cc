import type { Constants } from './constants.ts'

/** What comes from the wire at all: a node that sends but hears nothing would believe everybody dead but itself. */
export class Hearing {
  /** Whether the packet sockets work. */
  can = true
  readonly #constants: Constants
  #frameMillis = Number.NEGATIVE_INFINITY
  #memberMillis = Number.NEGATIVE_INFINITY

  constructor(constants: Constants) {
    this.#constants = constants
  }

  /** At the start, and after a time without hearing. */
  begin(nowMillis: number): void {
    this.#frameMillis = nowMillis
    this.#memberMillis = nowMillis
  }

  frame(nowMillis: number): void {
    this.#frameMillis = nowMillis
  }

  member(nowMillis: number): void {
    this.#frameMillis = nowMillis
    this.#memberMillis = nowMillis
  }

  /** For that long this node read no socket. */
  stalled(lateMillis: number): void {
    this.#frameMillis += lateMillis
    this.#memberMillis += lateMillis
  }

  /** No frame at all. */
  isSilent(nowMillis: number): boolean {
    return nowMillis - this.#frameMillis >= this.#constants.deafMillis
  }

  /** No word of a member. That frames come all the same is certain where it is asked: a deaf node accuses nobody. */
  isAlone(nowMillis: number): boolean {
    return nowMillis - this.#memberMillis >= this.#constants.aloneMillis
  }
}
