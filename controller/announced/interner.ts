/** Keeps equal values once: ten thousand objects say and name few different things. */
export class Interner<T> {
  readonly #limit: number
  readonly #known = new Map<string, T>()

  /** Beyond the limit it begins anew, which costs memory and nothing else. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** The value that was first given under this text. */
  one(text: string, value: T): T {
    const known = this.#known.get(text)
    if (known !== undefined) return known
    if (this.#known.size >= this.#limit) this.#known.clear()
    this.#known.set(text, value)
    return value
  }
}
