import { type Share, type Spread, spreadEvenly, spreadRest } from './balanced.ts'
import type { Digests } from './digests.ts'
import { NodeLists, sameList } from './node-lists.ts'
import type { Presence } from './presence.ts'

/** A Service whose place is to be balanced. */
export interface Wish {
  readonly addresses: readonly string[]
  /** Where it belongs when every node is well, best and equally good nodes only; sorted. */
  readonly nodes: readonly string[]
}

/** Services that hold an address together move together. */
interface JointShare extends Share {
  readonly keys: readonly string[]
}

/** The Services under balanced placement, and on which node each belongs. */
export class Shares {
  readonly #digests: Digests
  readonly #lists = new NodeLists()
  readonly #wishes = new Map<string, Wish>()
  #joint: readonly JointShare[] = []
  #homes: Spread = new Map()
  #homeOf: ReadonlyMap<string, string> = new Map()
  #isStale = false

  constructor(digests: Digests) {
    this.#digests = digests
  }

  /** Returns false when nothing is new. */
  set(key: string, wish: Wish): boolean {
    const known = this.#wishes.get(key)
    if (known && sameList(known.addresses, wish.addresses) && sameList(known.nodes, wish.nodes)) return false
    this.#wishes.set(key, { addresses: wish.addresses, nodes: this.#lists.get(wish.nodes) })
    this.#isStale = true
    return true
  }

  /** Returns false when it was not known. */
  delete(key: string): boolean {
    const wasKnown = this.#wishes.delete(key)
    this.#isStale ||= wasKnown
    return wasKnown
  }

  /** The node of a Service when all nodes are there. */
  home(key: string): string | undefined {
    return this.#homeOf.get(key)
  }

  /** The node of each Service. */
  spread({ isThere, elsewhere }: Presence): ReadonlyMap<string, string> {
    if (this.#isStale) this.#settle()
    const places = spreadRest(this.#joint, this.#homes, isThere, ({ keys }) => elsewhere(keys), this.#digests)
    return byService(this.#joint, places)
  }

  #settle(): void {
    this.#joint = join(this.#wishes)
    this.#homes = spreadEvenly(this.#joint, this.#digests)
    this.#homeOf = byService(this.#joint, this.#homes)
    this.#isStale = false
  }
}

function byService(joint: readonly JointShare[], places: Spread): ReadonlyMap<string, string> {
  const nodes = new Map<string, string>()
  for (const { ip, keys } of joint) {
    const node = places.get(ip)
    if (node !== undefined) for (const key of keys) nodes.set(key, node)
  }
  return nodes
}

function join(wishes: ReadonlyMap<string, Wish>): JointShare[] {
  const roots = new Roots()
  for (const { addresses } of wishes.values()) for (const address of addresses) roots.unite(addresses[0]!, address)
  const groups = Map.groupBy([...wishes.keys()].sort(), (key) => roots.of(wishes.get(key)!.addresses[0]!))
  return Array.from(groups, ([ip, keys]) => ({ ip, keys, nodes: commonNodes(keys.map((key) => wishes.get(key)!)) }))
}

/** Services that agree on no node are placed as the first one wants it. */
function commonNodes([first, ...others]: readonly Wish[]): readonly string[] {
  const common = others.reduce((nodes, wish) => nodes.filter((node) => wish.nodes.includes(node)), first!.nodes)
  return common.length > 0 ? common : first!.nodes
}

/** Which addresses belong together; each goes by the first of them in the order of text. */
class Roots {
  readonly #parents = new Map<string, string>()

  of(address: string): string {
    const parent = this.#parents.get(address) ?? address
    return parent === address ? address : this.of(parent)
  }

  unite(one: string, other: string): void {
    const [first, second] = [this.of(one), this.of(other)].sort()
    this.#parents.set(second!, first!)
  }
}
