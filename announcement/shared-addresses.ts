/** Which Services have an address in common, be it by way of others: they must have one owner. */
export class SharedAddresses {
  readonly #addresses = new Map<string, readonly string[]>()
  readonly #services = new Map<string, string[]>()

  /** Returns the other Services that are together with this one now, or were; none if nothing has changed. */
  set(service: string, addresses: readonly string[]): ReadonlySet<string> {
    if (addresses.join() === this.#addresses.get(service)?.join()) return new Set()
    const before = this.delete(service)
    this.#addresses.set(service, addresses)
    for (const address of addresses) {
      const services = this.#services.get(address)
      if (services) services.push(service)
      else this.#services.set(address, [service])
    }
    return new Set([...before, ...this.#othersOf(service)])
  }

  /** Returns the other Services that were together with this one. */
  delete(service: string): ReadonlySet<string> {
    const others = this.#othersOf(service)
    for (const address of this.#addresses.get(service) ?? []) {
      const left = this.#services.get(address)!.filter((one) => one !== service)
      if (left.length > 0) this.#services.set(address, left)
      else this.#services.delete(address)
    }
    this.#addresses.delete(service)
    return others
  }

  /** The address that decides for a Service: its first one; of several Services, the first of these in the order of text. */
  deciding(service: string): string {
    const firsts = [...this.#othersOf(service), service].map((one) => this.#addresses.get(one)![0]!)
    return firsts.sort()[0]!
  }

  #othersOf(service: string): ReadonlySet<string> {
    const others = new Set<string>()
    const queue = [service]
    for (const one of queue) {
      for (const address of this.#addresses.get(one) ?? []) {
        for (const other of this.#services.get(address)!) {
          if (other === service || others.has(other)) continue
          others.add(other)
          queue.push(other)
        }
      }
    }
    return others
  }
}
