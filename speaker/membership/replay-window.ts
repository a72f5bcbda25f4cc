const words = 64
const bitsOfWord = 32

/** How far behind the highest number that came a number may come late; RFC 6479 s2: one word less than there are. */
export const replayWindowBits = (words - 1) * bitsOfWord

/**
 * Which of a sender's numbers have come. They are shared by all receivers of the sender, so most never come here, and
 * a thousand may lie between two that were sent in the same millisecond.
 */
export class ReplayWindow {
  readonly #seen = new Uint32Array(words)
  #highest: number

  /** Numbers up to `floor` are refused. */
  constructor(floor = 0) {
    this.#highest = floor
    this.#seen.fill(0xffff_ffff)
    const bit = floor % bitsOfWord
    this.#seen[wordOf(floor)] = 2 ** (bit + 1) - 1
  }

  /** False: it came before, or is too old to tell. */
  isFresh(number: number): boolean {
    if (number > this.#highest) return true
    if (this.#highest - number >= replayWindowBits) return false
    return (this.#seen[wordOf(number)]! & bitOf(number)) === 0
  }

  /** Assumption: it is fresh. */
  mark(number: number): void {
    if (number > this.#highest) this.#advance(number)
    this.#seen[wordOf(number)]! |= bitOf(number)
  }

  #advance(number: number): void {
    const [from, to] = [Math.floor(this.#highest / bitsOfWord), Math.floor(number / bitsOfWord)]
    for (let word = Math.max(from + 1, to - words + 1); word <= to; word++) this.#seen[word % words] = 0
    this.#highest = number
  }
}

function wordOf(number: number): number {
  return Math.floor(number / bitsOfWord) % words
}

function bitOf(number: number): number {
  return 1 << (number % bitsOfWord)
}
