/** By which MACs speakers are known, from several sources. */
export class KnownMacs {
  readonly #nodes = new Map<string, string>()
  readonly #bySource = new Map<string, readonly string[]>()

  /** What a source says of a node replaces what it said before; `macs` may be empty. */
  set(source: 'member' | 'status' | 'neighbour', node: string, macs: readonly string[]): void {
    const key = `${source} ${node}`
    const before = this.#bySource.get(key) ?? []
    if (macs.length > 0) this.#bySource.set(key, [...macs])
    else this.#bySource.delete(key)
    for (const mac of before) if (!this.#isSaid(node, mac)) this.#nodes.delete(mac)
    for (const mac of macs) this.#nodes.set(mac, node)
  }

  nodeOf(mac: string): string | undefined {
    return this.#nodes.get(mac)
  }

  #isSaid(node: string, mac: string): boolean {
    return ['member', 'status', 'neighbour'].some((source) => this.#bySource.get(`${source} ${node}`)?.includes(mac))
  }
}
