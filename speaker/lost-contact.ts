/** A node that loses its power keeps a ready pod for a minute, until the API server finds out. */
const patienceMillis = 120_000

/** Tells who has been expected and not heard for minutes, of those that are told to it now and then. */
export class LostContact {
  readonly #sinceMillis = new Map<string, number>()

  /** @param silent the nodes that are expected and not heard at present */
  among(silent: ReadonlySet<string>, nowMillis: number): string[] {
    for (const node of this.#sinceMillis.keys()) if (!silent.has(node)) this.#sinceMillis.delete(node)
    for (const node of silent) if (!this.#sinceMillis.has(node)) this.#sinceMillis.set(node, nowMillis)
    return [...silent].filter((node) => nowMillis - this.#sinceMillis.get(node)! >= patienceMillis).sort()
  }
}
