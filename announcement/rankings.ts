import type { Digests } from './digests.ts'
import { type Suitability, scoreOf } from './eligibility.ts'
import { sameList } from './node-lists.ts'
import { rankCandidates } from './rank.ts'
import { SharedAddresses } from './shared-addresses.ts'

type Nodes = Pick<Suitability, 'advertisements' | 'suitable'>

export interface Ranking extends Nodes {
  /** The suitable nodes, alive or not: the highest score first, then the smallest hash of the deciding address. */
  readonly ranked: readonly string[]
  readonly deciding: string
}

/** The suitable nodes of each Service in order. Services that have an address in common have the same order. */
export class Rankings {
  readonly #digests: Digests
  readonly #shared = new SharedAddresses()
  readonly #rankings = new Map<string, Ranking>()

  constructor(digests: Digests) {
    this.#digests = digests
  }

  get(service: string): Ranking | undefined {
    return this.#rankings.get(service)
  }

  /** Returns the other Services that it bears on. */
  set(service: string, addresses: readonly string[], nodes: Nodes): ReadonlySet<string> {
    const others = this.#shared.set(service, addresses)
    this.#rank(service, nodes)
    for (const other of others) this.#rank(other, this.#rankings.get(other)!)
    return others
  }

  /** Returns the other Services that it bears on. */
  delete(service: string): ReadonlySet<string> {
    this.#rankings.delete(service)
    const others = this.#shared.delete(service)
    for (const other of others) this.#rank(other, this.#rankings.get(other)!)
    return others
  }

  #rank(service: string, { advertisements, suitable }: Nodes): void {
    const before = this.#rankings.get(service)
    const deciding = this.#shared.deciding(service)
    const isSame =
      before?.deciding === deciding && sameList(before.suitable, suitable) && isUnscored(before, advertisements)
    const ranked = isSame
      ? before.ranked
      : rankCandidates(suitable, deciding, this.#digests, (node) => scoreOf(node, advertisements))
    this.#rankings.set(service, { advertisements, suitable, ranked, deciding })
  }
}

/** Scores may change with the advertisements; where there are none before and after, only nodes and address matter. */
function isUnscored(before: Nodes, advertisements: Nodes['advertisements']): boolean {
  return [...before.advertisements, ...advertisements].every(({ preferredNodes }) => preferredNodes.size === 0)
}
