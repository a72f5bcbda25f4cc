/** How many more each of some nodes may take so that their loads come as close to each other as they can. */
export class Room {
  readonly #room: Map<string, number>
  /** How many nodes may take one more than the others: there is not enough for all. */
  #extras: number

  /** @param count how many shares come to the nodes in all */
  constructor(nodes: readonly string[], count: number, loads: ReadonlyMap<string, number>) {
    const filling = nodes.map((node) => ({ node, load: loads.get(node) ?? 0 })).sort((a, b) => a.load - b.load)

    // 1. Nodes that have too much already get nothing: the rest is shared out among the others.
    let total = filling.reduce((sum, { load }) => sum + load, count)
    while (filling.length > 1 && filling.at(-1)!.load > total / filling.length) total -= filling.pop()!.load

    // 2. All others come to one level, some one above it.
    const level = Math.floor(total / filling.length)
    this.#extras = total - level * filling.length
    this.#room = new Map(filling.map(({ node, load }) => [node, level - load]))
  }

  /** Those that can take more. */
  open(): string[] {
    return [...this.#room].filter(([node]) => this.#isOpen(node)).map(([node]) => node)
  }

  /** Returns false when the node is full. */
  take(node: string): boolean {
    if (!this.#isOpen(node)) return false
    const room = this.#room.get(node)!
    if (room === 0) this.#extras--
    this.#room.set(node, room - 1)
    return true
  }

  #isOpen(node: string): boolean {
    const room = this.#room.get(node) ?? -1
    return room > 0 || (room === 0 && this.#extras > 0)
  }
}
