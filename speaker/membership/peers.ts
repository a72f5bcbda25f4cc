import { type Address, sameAddress } from '../../net/address.ts'

/** A speaker that there should be, and where. */
export interface Peer {
  readonly name: string
  readonly address: Address
}

/** A pod that goes is mostly followed by another one; until then its node is still expected to speak. */
const keptMillis = 120_000
/** Without a secret anybody can make up names. */
const mostHeard = 16_384

/**
 * Who should be there, by the API, and who else is there. What was known last stays in force while nothing newer comes:
 * the API server may be away.
 */
export class Peers {
  readonly #own: string
  /** Infinity: listed now. */
  readonly #listed = new Map<string, { address: Address; untilMillis: number }>()
  /** Of whom we have heard; told by the seal of their datagrams, not by the API. */
  readonly #heard = new Map<string, Address>()

  constructor(own: string) {
    this.#own = own
  }

  /** All that the API names; this node may be among them. */
  list(peers: readonly Peer[], nowMillis: number): void {
    const before = new Set(this.#listed.keys())
    for (const { name, address } of peers) {
      before.delete(name)
      if (name !== this.#own) this.#listed.set(name, { address, untilMillis: Number.POSITIVE_INFINITY })
    }
    for (const name of before) {
      const entry = this.#listed.get(name)!
      entry.untilMillis = Math.min(entry.untilMillis, nowMillis + keptMillis)
    }
  }

  heard(name: string, address: Address): void {
    this.#heard.set(name, address)
    if (this.#heard.size > mostHeard) this.#heard.delete(this.#heard.keys().next().value!)
  }

  /** Whom to expect: those that are listed, or were until lately. */
  names(nowMillis: number): string[] {
    for (const [name, { untilMillis }] of this.#listed) if (untilMillis <= nowMillis) this.#listed.delete(name)
    return [...this.#listed.keys()]
  }

  /** When `names` changes by itself; Infinity: never. */
  get dueMillis(): number {
    return Math.min(...[...this.#listed.values()].map(({ untilMillis }) => untilMillis))
  }

  /** Where so many of those are that are listed: others each time. */
  some(count: number): Address[] {
    const entries = [...this.#listed.entries()].slice(0, count)
    for (const [name, entry] of entries) {
      this.#listed.delete(name)
      this.#listed.set(name, entry)
    }
    return entries.map(([, { address }]) => address)
  }

  addressOf(name: string): Address | undefined {
    return this.#listed.get(name)?.address ?? this.#heard.get(name)
  }

  nameOf(address: Address): string | undefined {
    for (const [name, peer] of this.#listed) if (sameAddress(peer.address, address)) return name
    for (const [name, heard] of this.#heard) if (sameAddress(heard, address)) return name
    return undefined
  }
}
