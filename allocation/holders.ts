import type { Address } from '../net/address.ts'
import type { Positions } from './address-order.ts'
import { SharedAddresses } from './shared-addresses.ts'

/** A Service on an address. */
export interface User {
  readonly service: string
  /** Undefined: the address is for this Service alone. */
  readonly sharing: string | undefined
  readonly ports: readonly string[]
  /** The Service has given the address up, and its status still names it. */
  readonly isLeaving?: true
}

/** On which terms an address is looked for. */
export type Terms = Pick<User, 'sharing' | 'ports'>

/** Why an address cannot be used; `services` are those in the way. */
export type Obstacle =
  | { readonly kind: 'in-use'; readonly services: readonly string[] }
  | { readonly kind: 'port-in-use'; readonly port: string; readonly services: readonly string[] }

/** Who is on which address of one pool and family, and where there is room for one more. */
export class Holders {
  /** By address; all users of one have the same sharing key. */
  readonly #users = new Map<bigint, readonly User[]>()
  readonly #shared = new Map<string, SharedAddresses>()

  /** How many addresses are held. */
  get size(): number {
    return this.#users.size
  }

  values(): Iterable<bigint> {
    return this.#users.keys()
  }

  isHeld(value: bigint): boolean {
    return this.#users.has(value)
  }

  of(value: bigint): readonly User[] {
    return this.#users.get(value) ?? []
  }

  /** Undefined: the user may have the address. */
  obstacle({ value }: Address, user: User): Obstacle | undefined {
    const others = this.#users.get(value)?.filter(({ service }) => service !== user.service) ?? []
    const [first] = others
    if (first === undefined) return undefined
    if (first.sharing === undefined || first.sharing !== user.sharing) {
      return { kind: 'in-use', services: others.map(({ service }) => service) }
    }
    for (const { service, ports } of others) {
      const port = ports.find((candidate) => user.ports.includes(candidate))
      if (port !== undefined) return { kind: 'port-in-use', port, services: [service] }
    }
    return undefined
  }

  /** The first held position that can be shared on these terms. */
  firstShared({ sharing, ports }: Terms, [first, last]: Positions): bigint | undefined {
    const group = sharing === undefined ? undefined : this.#shared.get(sharing)
    const position = group?.lowestFor(ports, first)
    return position !== undefined && position <= last ? position : undefined
  }

  enter(position: bigint, value: bigint, user: User): void {
    const others = this.#users.get(value)
    this.#users.set(value, others === undefined ? [user] : [...others, user])
    if (user.sharing === undefined) return
    const group = this.#shared.get(user.sharing) ?? new SharedAddresses()
    this.#shared.set(user.sharing, group)
    if (others === undefined) group.addAddress(position)
    group.occupy(position, user.ports)
  }

  leave(position: bigint, value: bigint, service: string): void {
    const users = this.#users.get(value)!
    const { sharing, ports } = users.find((user) => user.service === service)!
    const left = users.filter((user) => user.service !== service)
    if (left.length > 0) this.#users.set(value, left)
    else this.#users.delete(value)
    if (sharing === undefined) return
    const group = this.#shared.get(sharing)!
    group.vacate(position, ports)
    if (left.length > 0) return
    group.removeAddress(position)
    if (group.isEmpty) this.#shared.delete(sharing)
  }
}
