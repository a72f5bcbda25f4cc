import { formatAddress, parseAddress } from '../../net/address.ts'
import type { Claim } from '../layer2/claim.ts'
import type { Neighbour } from '../layer2/layer2.ts'

/** Pods come and go, and their nodes may not be neighbours at all. */
const askMillis = 5000
const broadcast = 'ff:ff:ff:ff:ff:ff'
const never = Number.POSITIVE_INFINITY

/** Speakers of which the API knows but that were never heard: the wire is asked for their MACs, and they may be of another group. */
export class Introductions {
  readonly #solicit: (neighbours: readonly Neighbour[]) => void
  /** By the addresses of their pods. */
  #nodes: ReadonlyMap<string, string> = new Map()
  #dueMillis = never

  constructor(solicit: (neighbours: readonly Neighbour[]) => void) {
    this.#solicit = solicit
  }

  set(nodes: ReadonlyMap<string, string>, nowMillis: number): void {
    if (nodes.size === 0) this.#dueMillis = never
    else if (this.#nodes.size === 0) this.#dueMillis = nowMillis
    this.#nodes = nodes
  }

  get isDone(): boolean {
    return this.#nodes.size === 0
  }

  /** Whose pod it is that answers. */
  nodeIn({ address }: Claim): string | undefined {
    return this.#nodes.get(formatAddress(address))
  }

  get dueMillis(): number {
    return this.#dueMillis
  }

  due(nowMillis: number): void {
    if (nowMillis < this.#dueMillis) return
    this.#dueMillis = nowMillis + askMillis
    const addresses = [...this.#nodes.keys()].map(parseAddress)
    this.#solicit(addresses.map((address) => ({ mac: broadcast, [`ipv${address.family}`]: address })))
  }
}
