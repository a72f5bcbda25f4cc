import type { V1ConfigMap, V1Namespace, V1Node, V1Secret } from '@kubernetes/client-node'
import type {
  BFDProfile,
  BGPAdvertisement,
  BGPPeer,
  BGPPeerV1beta1,
  Community,
  IPAddressPool,
  L2Advertisement,
} from '../crds/generated/types.ts'
import { type ConfigError, configError, type Report } from './faults.ts'
import { collapse, type Layer2Draft, parseLayer2 } from './layer2-advertisement.ts'
import { reportOverlaps } from './overlap.ts'
import { type PoolDraft, parsePool } from './pool.ts'
import { type ConfigRules, defaultRules } from './rules.ts'
import type { Config, Pool } from './snapshot.ts'

/** Every object that bears on the configuration; a component leaves out the kinds that do not concern it. */
export interface ConfigObjects {
  readonly pools: readonly IPAddressPool[]
  readonly l2Advertisements?: readonly L2Advertisement[]
  readonly bgpAdvertisements?: readonly BGPAdvertisement[]
  readonly bgpPeers?: readonly (BGPPeer | BGPPeerV1beta1)[]
  readonly bfdProfiles?: readonly BFDProfile[]
  readonly communities?: readonly Community[]
  /** What node selectors are resolved over. */
  readonly nodes?: readonly V1Node[]
  /** What namespace selectors are resolved over. */
  readonly namespaces?: readonly V1Namespace[]
  /** Those of MetalLB's namespace. */
  readonly secrets?: readonly V1Secret[]
  /** The ConfigMap `bgpextras`. */
  readonly extras?: V1ConfigMap
}

export type ConfigResult = { readonly warnings: readonly ConfigError[] } & (
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly errors: readonly ConfigError[] }
)

interface Named {
  readonly metadata?: { readonly name?: string }
}

/**
 * All objects in, one snapshot out; or every error there is.
 * Guarantees: the order in which the objects are given makes no difference.
 */
export function parseConfig(objects: ConfigObjects, _rules: ConfigRules = defaultRules): ConfigResult {
  const warnings: ConfigError[] = []
  const errors: ConfigError[] = []
  const pools = parseKind('IPAddressPool', objects.pools, errors, (source, report) =>
    parsePool(source, objects.namespaces ?? [], report),
  )
  reportOverlaps(pools)
  const layer2 = parseKind('L2Advertisement', objects.l2Advertisements ?? [], errors, (source, report) =>
    parseLayer2(source, objects.nodes ?? [], report),
  )
  if (errors.length > 0) return { ok: false, errors, warnings }
  const config = { pools: pools.map((pool) => finishPool(pool, layer2)), peers: [], bfdProfiles: new Map() }
  return { ok: true, config, warnings }
}

/** Name by name, so that which of two conflicting objects is at fault does not depend on chance. */
function parseKind<S extends Named, R>(
  kind: string,
  sources: readonly S[],
  errors: ConfigError[],
  parse: (source: S, report: Report) => R,
): R[] {
  const seen = new Set<string>()
  return sources.toSorted(byName).map((source) => {
    const name = nameOf(source)
    const report: Report = (fault) => errors.push(configError(kind, name, fault))
    if (seen.has(name)) report({ code: 'duplicate-name', field: 'metadata.name', value: name })
    seen.add(name)
    return parse(source, report)
  })
}

function finishPool({ labels, items, report: _, ...pool }: PoolDraft, layer2: readonly Layer2Draft[]): Pool {
  const selecting = layer2.filter(({ selectsPool }) => selectsPool({ name: pool.name, labels }))
  return {
    ...pool,
    ranges: items.map(({ range }) => range),
    layer2: collapse(selecting.map(({ advertisement }) => advertisement)),
    bgp: [],
  }
}

function byName(a: Named, b: Named): number {
  const [nameA, nameB] = [nameOf(a), nameOf(b)]
  if (nameA === nameB) return 0
  return nameA < nameB ? -1 : 1
}

function nameOf({ metadata }: Named): string {
  return metadata?.name ?? ''
}
