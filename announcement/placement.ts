import { type Address, formatAddress } from '../net/address.ts'
import { Digests } from './digests.ts'
import {
  interfacesFor,
  judgeSuitability,
  type Layer2Refusal,
  type Layer2Situation,
  nodesIfAllWereWell,
  type Suitability,
  scoreOf,
} from './eligibility.ts'
import { NodeLists } from './node-lists.ts'
import { presenceUnder } from './presence.ts'
import { best } from './rank.ts'
import { Rankings } from './rankings.ts'
import { Shares } from './shares.ts'
import { headOf, inTurn, isPresent, type Standings } from './standing.ts'

export interface PlacementOptions extends Pick<Layer2Situation, 'nodes' | 'ignoreExcludeLabel'> {
  readonly standings: () => Standings
  /** The spread of Services under balanced placement is out of date: `refresh` when all that changes has been told. */
  readonly onStale?: () => void
}

export interface Placeable extends Pick<Layer2Situation, 'service' | 'pool' | 'endpoints'> {
  /** As in the Service's status: the first one decides, the others follow it; see `SharedAddresses`. */
  readonly addresses: readonly Address[]
}

export type Layer2Answer =
  | { readonly announces: true; readonly interfaces: readonly string[] | 'all' }
  | { readonly announces: false; readonly reason: Layer2Refusal }

export interface Layer2Election {
  /** The candidates, best first: the first is the owner, the others are its successors; those in reserve come last. */
  readonly order: readonly string[]
  answer(node: string): Layer2Answer
  /** Where a node announces if it is its turn. */
  interfaces(node: string): readonly string[] | 'all'
}

/** What is kept of each of thousands of Services. */
interface Placed {
  readonly isBalanced: boolean
  /** It had an order by hash before it was to be balanced, and keeps it until it has its place. */
  readonly wasRanked: boolean
  /** The order as far as somebody was interested in it. */
  head: string
}

/**
 * The order of nodes for each Service. All nodes agree without talking when they see the same: MetalLB's hash for each
 * Service by itself, or, where an advertisement says so, all Services balanced over the nodes.
 */
export class Placement {
  readonly #options: PlacementOptions
  readonly #digests = new Digests()
  readonly #lists = new NodeLists()
  readonly #rankings = new Rankings(this.#digests)
  readonly #shares = new Shares(this.#digests)
  readonly #placed = new Map<string, Placed>()
  #owners: ReadonlyMap<string, string> = new Map()
  /** The owners if those that are only kept had gone. */
  #heirs: ReadonlyMap<string, string> = new Map()

  constructor(options: PlacementOptions) {
    this.#options = options
  }

  elect(key: string, placeable: Placeable): Layer2Election {
    const suitability = this.#place(key, placeable)
    const order = this.order(key)
    this.#placed.get(key)!.head = headOf(order, this.#options.standings())
    return {
      order,
      answer: (node) => this.#answer(node, order, suitability),
      interfaces: (node) => interfacesFor(node, suitability.advertisements),
    }
  }

  order(key: string): readonly string[] {
    const placed = this.#placed.get(key)
    return placed ? [...this.#inOrder(key, placed)] : []
  }

  /** Whether one node would come before another if all nodes were there: what both agree on whom either of them sees. */
  outranks(key: string, rival: string, node: string): boolean {
    const home = this.#shares.home(key)
    if (home === rival || home === node) return home === rival
    const ranked = this.#rankings.get(key)?.ranked ?? []
    const [rivals, own] = [ranked.indexOf(rival), ranked.indexOf(node)]
    return own < 0 || (rivals >= 0 && rivals < own)
  }

  forget(key: string): void {
    if (!this.#placed.delete(key)) return
    const others = this.#rankings.delete(key)
    if (this.#shares.delete(key) || others.size > 0) this.#options.onStale?.()
  }

  /**
   * Brings everything in line with the standings of nodes and with balanced placement.
   * @returns the Services whose order has changed as far as the first node that serves
   */
  refresh(): string[] {
    this.#spread()
    const standings = this.#options.standings()
    const changed: string[] = []
    for (const [key, placed] of this.#placed) {
      const head = headOf(this.#inOrder(key, placed), standings)
      if (head !== placed.head) changed.push(key)
      placed.head = head
    }
    return changed
  }

  #place(key: string, placeable: Placeable): Suitability {
    const situation = { ...this.#options, ...placeable }
    const found = judgeSuitability(situation)
    const suitability = { ...found, suitable: this.#lists.get(found.suitable) }
    const { advertisements } = suitability
    const isBalanced = advertisements.some(({ placement }) => placement === 'Balanced')
    const before = this.#placed.get(key)
    const wasRanked = before !== undefined && (!before.isBalanced || before.wasRanked)
    this.#placed.set(key, { isBalanced, wasRanked, head: '' })

    const addresses = placeable.addresses.map(formatAddress)
    const others = this.#rankings.set(key, addresses, suitability)
    const isNew = isBalanced ? this.#share(key, addresses, situation, suitability) : this.#shares.delete(key)
    if (isNew || others.size > 0) this.#options.onStale?.()
    return suitability
  }

  /** Returns false when nothing is new. */
  #share(key: string, addresses: readonly string[], situation: Layer2Situation, found: Suitability): boolean {
    const { advertisements, suitable, refusals } = found
    const all = refusals.size === 0 ? suitable : nodesIfAllWereWell(situation, advertisements)
    const nodes = best(all, (node) => scoreOf(node, advertisements))
    return nodes.length > 0 ? this.#shares.set(key, { addresses, nodes }) : this.#shares.delete(key)
  }

  #spread(): void {
    const standings = this.#options.standings()
    const serving: Standings = new Map([...standings].filter(([, standing]) => standing !== 'kept'))
    this.#owners = this.#shares.spread(presenceUnder(standings, this.#options, this.#rankings))
    this.#heirs =
      serving.size === standings.size
        ? this.#owners
        : this.#shares.spread(presenceUnder(serving, this.#options, this.#rankings))
  }

  *#inOrder(key: string, { isBalanced, wasRanked }: Placed): Iterable<string> {
    const standings = this.#options.standings()
    const { ranked } = this.#rankings.get(key)!
    const [owner, heir] = [this.#owners.get(key), this.#heirs.get(key)]
    if (!isBalanced || (owner === undefined && wasRanked)) return yield* inTurn(ranked, standings)
    if (owner === undefined || ranked.length === 0) return
    yield owner
    if (heir !== undefined && heir !== owner) yield heir
    for (const node of inTurn(ranked, standings)) if (node !== owner && node !== heir) yield node
  }

  #answer(node: string, [owner]: readonly string[], { advertisements, refusals }: Suitability): Layer2Answer {
    if (node === owner) return { announces: true, interfaces: interfacesFor(node, advertisements) }
    return { announces: false, reason: refusals.get(node) ?? this.#reasonOf(node, owner) }
  }

  /** Of a suitable node. */
  #reasonOf(node: string, owner: string | undefined): Layer2Refusal {
    const { nodes, standings } = this.#options
    if (!nodes.has(node)) return 'noMatchingAdvertisement'
    const standing = standings().get(node)
    if (standing === undefined) return 'notAlive'
    if (standing === 'reserve' && owner !== undefined && isPresent(standings().get(owner))) return 'inReserve'
    return 'outranked'
  }
}
