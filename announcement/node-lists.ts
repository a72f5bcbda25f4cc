/** One list for the many Services that have the same nodes: less memory, and quickly compared. */
export class NodeLists {
  #latest: readonly string[] = []

  /** An equal list, perhaps a known one. */
  get(list: readonly string[]): readonly string[] {
    if (!sameList(list, this.#latest)) this.#latest = list
    return this.#latest
  }
}

export function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((text, index) => text === b[index]))
}
