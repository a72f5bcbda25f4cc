import type { Constants } from './constants.ts'

/** What comes from the wire at all: a node that sends but hears nothing would believe everybody dead but itself. */
export class Hearing {
  readonly #constants: Constants
  #frameMillis = Number.NEGATIVE_INFINITY
  #memberMillis = Number.NEGATIVE_INFINITY
  #can = true

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

  /** Whether the packet sockets work. */
  set can(can: boolean) {
    this.#can = can
  }

  get can(): boolean {
    return this.#can
  }

  /** For that long this node read no socket. */
  stalled(lateMillis: number): void {
    this.#frameMillis += lateMillis
    this.#memberMillis += lateMillis
  }

  isDeaf(nowMillis: number): boolean {
    return !this.#can || nowMillis - this.#frameMillis >= this.#constants.deafMillis
  }

  /** Frames come, but of no member. */
  isAlone(nowMillis: number): boolean {
    return !this.isDeaf(nowMillis) && nowMillis - this.#memberMillis >= this.#constants.aloneMillis
  }
}
