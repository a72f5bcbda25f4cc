import { isPinnedTo } from './compatibility.ts'
import type { PoolSpace } from './pool-space.ts'
import type { Request } from './request.ts'

/** Which pools are tried for a Service that asks for none, found without a look at every pool. */
export class Candidates {
  /** Pools for everybody, by name. */
  readonly open: readonly PoolSpace[]
  readonly #byNamespace = new Map<string, PoolSpace[]>()
  /** Pools for Services of certain labels, whatever their namespace. */
  readonly #byLabels: readonly PoolSpace[]

  constructor(spaces: readonly PoolSpace[]) {
    const automatic = spaces.filter(({ pool }) => pool.autoAssign)
    this.open = automatic.filter(({ pool }) => pool.allocation === undefined)
    this.#byLabels = automatic.filter(({ pool }) => pool.allocation?.namespaces.size === 0)
    for (const space of automatic) {
      for (const namespace of space.pool.allocation?.namespaces ?? []) {
        this.#byNamespace.set(namespace, [...(this.#byNamespace.get(namespace) ?? []), space])
      }
    }
  }

  /** Pools meant for the Service: by priority (0 is last), then by name. */
  pinnedTo(request: Request): readonly PoolSpace[] {
    const pools = [...(this.#byNamespace.get(request.namespace) ?? []), ...this.#byLabels]
    return pools.filter(({ pool }) => isPinnedTo(pool, request)).sort(byPriority)
  }
}

function byPriority(a: PoolSpace, b: PoolSpace): number {
  if (rank(a) !== rank(b)) return rank(a) - rank(b)
  return a.pool.name < b.pool.name ? -1 : 1
}

function rank({ pool }: PoolSpace): number {
  return pool.allocation?.priority || Number.MAX_SAFE_INTEGER
}
