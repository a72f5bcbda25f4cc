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
import { reportWideRoutes } from './aggregation.ts'
import { reportEchoWithIpv6 } from './bfd-echo.ts'
import { parseBfdProfile } from './bfd-profile.ts'
import { type BgpDraft, parseBgp } from './bgp-advertisement.ts'
import { parsePeer } from './bgp-peer.ts'
import { CommunityAliases } from './community-aliases.ts'
import { reportExtras } from './extras.ts'
import { type ConfigError, type Faults, type Report, reporterOf } from './faults.ts'
import { collapse, type Layer2Draft, parseLayer2 } from './layer2-advertisement.ts'
import { reportPreferences } from './local-preference.ts'
import { reportOverlaps } from './overlap.ts'
import { reportDisagreements } from './peer-agreement.ts'
import { reportPlacements } from './placement-agreement.ts'
import { type PoolDraft, parsePool } from './pool.ts'
import { withoutReferences } from './references.ts'
import { type ConfigRules, rulesOf } from './rules.ts'
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

/**
 * All objects in, one snapshot out; or every error there is.
 * Guarantees: the order in which the objects are given makes no difference.
 */
export function parseConfig(objects: ConfigObjects, rules: ConfigRules = { backend: 'native' }): ConfigResult {
  const faults: Faults = { errors: [], warnings: [] }
  const config = parseAll(rules.references === 'ignore' ? withoutReferences(objects) : objects, rules, faults)
  const { errors, warnings } = faults
  return errors.length > 0 ? { ok: false, errors, warnings } : { ok: true, config, warnings }
}

/** What is at fault is reported, and the result is then not to be used. */
function parseAll(objects: ConfigObjects, { backend, secretPassthrough = false }: ConfigRules, faults: Faults): Config {
  const { nodes = [], namespaces = [], secrets = [] } = objects
  const rules = rulesOf[backend]

  // 1. Each object by itself.
  const drafts = parseKind('IPAddressPool', objects.pools, faults, (source, report) =>
    parsePool(source, namespaces, report),
  )
  const layer2 = parseKind('L2Advertisement', objects.l2Advertisements, faults, (source, report) =>
    parseLayer2(source, nodes, report),
  )
  const aliases = new CommunityAliases()
  parseKind('Community', objects.communities, faults, (source, report) => aliases.add(source, report))
  const bgp = parseKind('BGPAdvertisement', objects.bgpAdvertisements, faults, (source, report) =>
    parseBgp(source, { nodes, aliases }, report),
  )
  const bfdProfiles = byName(parseKind('BFDProfile', objects.bfdProfiles, faults, parseBfdProfile))
  const secretsByName = new Map(secrets.map((secret) => [nameOf(secret), secret]))
  const context = { rules, bfdProfiles, secrets: { secrets: secretsByName, passthrough: secretPassthrough } }
  const peers = parseKind('BGPPeer', objects.bgpPeers, faults, (source, report) => parsePeer(source, context, report))

  // 2. Objects in the company of others.
  reportOverlaps(drafts)
  const pools = drafts.map((draft) => joinAdvertisements(draft, layer2, bgp))
  reportEchoWithIpv6(peers, bfdProfiles, pools)
  if (rules.peersAgree) reportDisagreements(peers, nodes)
  if (rules.refusesExtras && objects.extras) reportExtras(objects.extras, reporterOf('ConfigMap', 'bgpextras', faults))

  return { pools, peers: peers.map(({ peer }) => peer), bfdProfiles }
}

interface Named {
  readonly metadata?: { readonly name?: string }
}

/** Name by name, so that which of two conflicting objects is at fault does not depend on chance. */
function parseKind<S extends Named, R>(
  kind: string,
  sources: readonly S[] = [],
  faults: Faults,
  parse: (source: S, report: Report) => R,
): R[] {
  const seen = new Set<string>()
  return sources.toSorted(compareNames).map((source) => {
    const name = nameOf(source)
    const report = reporterOf(kind, name, faults)
    if (seen.has(name)) report({ code: 'duplicate-name', field: 'metadata.name', value: name })
    seen.add(name)
    return parse(source, report)
  })
}

function joinAdvertisements(draft: PoolDraft, layer2: readonly Layer2Draft[], bgp: readonly BgpDraft[]): Pool {
  const selectingLayer2 = layer2.filter(({ selection }) => selection.byName(draft) || selection.byLabel(draft))
  const selectingBgp = bgp.filter(({ selection }) => selection.byName(draft) || selection.byLabel(draft))
  reportWideRoutes(draft, selectingBgp)
  reportPreferences(draft, selectingBgp)
  reportPlacements(draft, selectingLayer2)
  const { labels: _labels, items, report: _report, ...pool } = draft
  return {
    ...pool,
    ranges: items.map(({ range }) => range),
    layer2: collapse(selectingLayer2.map(({ advertisement }) => advertisement)),
    bgp: selectingBgp.flatMap(({ advertisement, selection }) =>
      selection.byName(draft) && selection.byLabel(draft) ? [advertisement, advertisement] : [advertisement],
    ),
  }
}

function byName<T extends { readonly name: string }>(items: readonly T[]): Map<string, T> {
  return new Map(items.map((item) => [item.name, item]))
}

function compareNames(a: Named, b: Named): number {
  const [nameA, nameB] = [nameOf(a), nameOf(b)]
  if (nameA === nameB) return 0
  return nameA < nameB ? -1 : 1
}

function nameOf({ metadata }: Named): string {
  return metadata?.name ?? ''
}
