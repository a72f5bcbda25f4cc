type Source = 'member' | 'status' | 'neighbour'

/** By which MACs speakers are known, from several sources. */
export class KnownMacs {
  /** By MAC, who says it is whose: of several nodes, one may be an earlier name of the other, the last one counts. */
  readonly #sayings = new Map<string, Map<string, string>>()
  readonly #bySource = new Map<string, readonly string[]>()

  /** What a source says of a node replaces what it said before; `macs` may be empty. */
  set(source: Source, node: string, macs: readonly string[]): void {
    const key = `${source} ${node}`
    const before = this.#bySource.get(key) ?? []
    if (macs.length > 0) this.#bySource.set(key, [...macs])
    else this.#bySource.delete(key)
    for (const mac of before) if (!macs.includes(mac)) this.#unsay(mac, key)
    for (const mac of macs) this.#say(mac, key, node)
  }

  nodeOf(mac: string): string | undefined {
    return [...(this.#sayings.get(mac)?.values() ?? [])].at(-1)
  }

  /** Who repeats it does not come last by that. */
  #say(mac: string, key: string, node: string): void {
    const sayings = this.#sayings.get(mac) ?? new Map<string, string>()
    this.#sayings.set(mac, sayings.set(key, node))
  }

  #unsay(mac: string, key: string): void {
    const sayings = this.#sayings.get(mac)
    sayings?.delete(key)
    if (sayings?.size === 0) this.#sayings.delete(mac)
  }
}
