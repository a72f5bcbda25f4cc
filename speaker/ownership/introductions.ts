import { formatAddress, parseAddress } from '../../net/address.ts'
import type { Claim } from '../layer2/claim.ts'
import { anywhere, type Neighbour } from '../layer2/neighbour.ts'

/** Pods come and go, and their nodes may not be neighbours at all. */
const askMillis = 5000
const never = Number.POSITIVE_INFINITY

export interface IntroductionsOptions {
  solicit(neighbours: readonly Neighbour[]): void
  /** Others may have the addresses that this node owns. */
  look(): void
}

/** After a MAC was learnt: what its node and this one have announced before it was known has led to no duel. */
const lookTimes = 3
/** Of one node: more of them are no interfaces of it. */
const mostMacs = 8

/** Speakers of which the API knows but that were never heard: the wire is asked for their MACs, and they may be of another group. */
export class Introductions {
  readonly #options: IntroductionsOptions
  /** By the addresses of their pods. */
  #nodes: ReadonlyMap<string, string> = new Map()
  /** By node. It may have several links to one network, all of which answer. */
  readonly #macs = new Map<string, Set<string>>()
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

  /** Whose pod it is that answers, and with which MACs it has done so. */
  heard({ address, mac }: Claim, nowMillis: number): { readonly node: string; readonly macs: string[] } | undefined {
    const node = this.#nodes.get(formatAddress(address))
    if (node === undefined) return undefined
    const macs = this.#macs.get(node) ?? new Set()
    this.#macs.set(node, macs)
    if (!macs.has(mac)) {
      if (macs.size >= mostMacs) return undefined
      macs.add(mac)
      this.#looks = lookTimes
      this.#dueMillis = nowMillis
    }
    return { node, macs: [...macs] }
  }

  get dueMillis(): number {
    return this.#dueMillis
  }

  due(nowMillis: number): void {
    if (nowMillis < this.#dueMillis) return
    this.#dueMillis = nowMillis + askMillis
    if (this.#looks-- > 0) this.#options.look()
    this.#options.solicit([...this.#nodes.keys()].map((text) => anywhere(parseAddress(text))))
  }
}
