import { formatAddress, parseAddress } from '../../net/address.ts'
import type { Claim } from '../layer2/claim.ts'
import type { Neighbour } from '../layer2/layer2.ts'

/** Pods come and go, and their nodes may not be neighbours at all. */
const askMillis = 5000
const broadcast = 'ff:ff:ff:ff:ff:ff'
const never = Number.POSITIVE_INFINITY

export interface IntroductionsOptions {
  solicit(neighbours: readonly Neighbour[]): void
  /** Others may have the addresses that this node owns. */
  look(): void
}

/** After a MAC was learnt: what its node and this one have announced before it was known has led to no duel. */
const lookTimes = 3

/** Speakers of which the API knows but that were never heard: the wire is asked for their MACs, and they may be of another group. */
export class Introductions {
  readonly #options: IntroductionsOptions
  /** By the addresses of their pods. */
  #nodes: ReadonlyMap<string, string> = new Map()
  /** MACs, by node. */
  readonly #known = new Map<string, string>()
  #dueMillis = never
  #looks = 0

  constructor(options: IntroductionsOptions) {
    this.#options = options
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
  heard({ address, mac }: Claim, nowMillis: number): string | undefined {
    const node = this.#nodes.get(formatAddress(address))
    if (node !== undefined && this.#known.get(node) !== mac) {
      this.#known.set(node, mac)
      this.#looks = lookTimes
      this.#dueMillis = nowMillis
    }
    return node
  }

  get dueMillis(): number {
    return this.#dueMillis
  }

  due(nowMillis: number): void {
    if (nowMillis < this.#dueMillis) return
    this.#dueMillis = nowMillis + askMillis
    if (this.#looks-- > 0) this.#options.look()
    const addresses = [...this.#nodes.keys()].map(parseAddress)
    this.#options.solicit(addresses.map((address) => ({ mac: broadcast, [`ipv${address.family}`]: address })))
  }
}
