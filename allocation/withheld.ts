import { type Address, type Family, formatAddress } from '../net/address.ts'
import { IntervalMap, type Part } from '../net/interval-map.ts'
import type { AddressRange } from '../net/range.ts'

/** An address that must not be given out. */
export interface Withheld {
  readonly address: Address
  readonly reason: 'NodeAddress' | 'Gateway' | 'AddressInUse'
  /** Who has it: the name of a node; a MAC address for AddressInUse. */
  readonly by: string
}

/** What the address is: "an address of node n1". */
export function describeWithheld({ reason, by }: Withheld): string {
  return withheldTexts[reason](by)
}

const withheldTexts: Readonly<Record<Withheld['reason'], (by: string) => string>> = {
  NodeAddress: (node) => `an address of node ${node}`,
  Gateway: (node) => `the default gateway of node ${node}`,
  AddressInUse: (stranger) => `in use on the network by ${stranger}`,
}

/** Addresses that must not be given out whatever pool has them, by who says so. */
export class WithheldAddresses {
  readonly #bySource = new Map<string, ReadonlyMap<string, Withheld>>()
  readonly #byAddress: Readonly<Record<Family, IntervalMap<Withheld>>> = { 4: new IntervalMap(), 6: new IntervalMap() }

  /** Replaces what the source said before. Returns the addresses about which it says something else now. */
  set(source: string, addresses: readonly Withheld[]): Address[] {
    const former = this.#bySource.get(source) ?? new Map<string, Withheld>()
    // Copies, since two sources may say the same; of entries for one address the first counts.
    const next = new Map(addresses.toReversed().map((entry) => [formatAddress(entry.address), { ...entry }]))
    for (const [text, entry] of next) if (isSame(entry, former.get(text))) next.set(text, former.get(text)!)
    const ended = [...former].flatMap(([text, entry]) => (next.get(text) === entry ? [] : [entry]))
    const begun = [...next].flatMap(([text, entry]) => (former.get(text) === entry ? [] : [entry]))
    for (const entry of ended) this.#mapOf(entry).delete(entry.address.value, entry.address.value, entry)
    for (const entry of begun) this.#mapOf(entry).add(entry.address.value, entry.address.value, entry)
    this.#bySource.set(source, next)
    return [...new Map([...ended, ...begun].map(({ address }) => [formatAddress(address), address])).values()]
  }

  at({ family, value }: Address): Withheld | undefined {
    return this.#byAddress[family].at(value)[0]
  }

  within({ family, first, last }: AddressRange): Iterable<Part<Withheld>> {
    return this.#byAddress[family].within(first, last)
  }

  #mapOf({ address: { family } }: Withheld): IntervalMap<Withheld> {
    return this.#byAddress[family]
  }
}

function isSame(a: Withheld, b: Withheld | undefined): boolean {
  return a.reason === b?.reason && a.by === b.by
}
