/** How many addresses of one pool and family the Services of each namespace have; one that they share counts once. */
export class NamespaceUse {
  readonly #users = new Map<string, Map<bigint, number>>()

  count(namespace: string): number {
    return this.#users.get(namespace)?.size ?? 0
  }

  valuesOf(namespace: string): Iterable<bigint> {
    return this.#users.get(namespace)?.keys() ?? []
  }

  enter(service: string, value: bigint): void {
    const namespace = namespaceOf(service)
    const users = this.#users.get(namespace) ?? new Map<bigint, number>()
    this.#users.set(namespace, users.set(value, (users.get(value) ?? 0) + 1))
  }

  leave(service: string, value: bigint): void {
    const namespace = namespaceOf(service)
    const users = this.#users.get(namespace)!
    const left = users.get(value)! - 1
    if (left > 0) users.set(value, left)
    else users.delete(value)
    if (users.size === 0) this.#users.delete(namespace)
  }
}

/** Of `namespace/name`. */
export function namespaceOf(service: string): string {
  return service.slice(0, service.indexOf('/'))
}
