import type { V1Node } from '@kubernetes/client-node'
import type { BGPAdvertisement, BGPAdvertisementSpec } from '../crds/generated/types.ts'
import { addressBits } from '../net/address.ts'
import { type BgpCommunity, compareCommunities } from './community.ts'
import type { CommunityAliases } from './community-aliases.ts'
import { type Report, reportRepeated } from './faults.ts'
import { type PoolSelection, parsePoolSelection } from './pool-selection.ts'
import { nameOf, selectNodes } from './selected-nodes.ts'
import { parseSelectors } from './selector.ts'
import type { BgpAdvertisement } from './snapshot.ts'

/** An advertisement with the question which pools it is for. */
export interface BgpDraft {
  readonly advertisement: BgpAdvertisement
  readonly selection: PoolSelection
  readonly report: Report
}

export interface AdvertisementContext {
  readonly nodes: readonly V1Node[]
  readonly aliases: CommunityAliases
}

export function parseBgp(source: BGPAdvertisement, context: AdvertisementContext, report: Report): BgpDraft {
  const spec = source.spec ?? {}
  const { peers = [], localPref = 0 } = spec
  reportRepeated(peers, 'duplicate-peer-reference', 'spec.peers', report)
  if (!isLocalPref(localPref)) report({ code: 'bad-local-pref', field: 'spec.localPref', value: localPref })
  return {
    advertisement: {
      name: source.metadata?.name ?? '',
      nodes: new Set(selectNodes(spec.nodeSelectors, context.nodes, report).map(nameOf)),
      peers,
      serviceSelectors: parseSelectors(spec.serviceSelectors, 'spec.serviceSelectors', report),
      ...parseLengths(spec, report),
      localPref,
      communities: parseCommunities(spec, context.aliases, report),
    },
    selection: parsePoolSelection(spec, report),
    report,
  }
}

const lengthFields = [
  ['aggregationLength', addressBits[4]],
  ['aggregationLengthV6', addressBits[6]],
] as const

function parseLengths(
  spec: BGPAdvertisementSpec,
  report: Report,
): Pick<BgpAdvertisement, 'aggregationLength' | 'aggregationLengthV6'> {
  const hasServiceSelectors = (spec.serviceSelectors ?? []).length > 0
  for (const [name, bits] of lengthFields) {
    const value = spec[name] ?? bits
    const place = { field: `spec.${name}`, value }
    if (!Number.isInteger(value) || value < 0 || value > bits) report({ code: 'aggregation-length-invalid', ...place })
    else if (hasServiceSelectors && value < bits) report({ code: 'selectors-with-aggregation', ...place })
  }
  const { aggregationLength = addressBits[4], aggregationLengthV6 = addressBits[6] } = spec
  return { aggregationLength, aggregationLengthV6 }
}

function parseCommunities(
  { communities = [] }: BGPAdvertisementSpec,
  aliases: CommunityAliases,
  report: Report,
): BgpCommunity[] {
  reportRepeated(communities, 'duplicate-community-reference', 'spec.communities', report)
  const resolved = communities
    .map((text, index) => aliases.resolve(text, `spec.communities[${index}]`, report))
    .filter((community) => community !== undefined)
    .sort(compareCommunities)
  return resolved.filter((community, index) => index === 0 || compareCommunities(community, resolved[index - 1]!) !== 0)
}

function isLocalPref(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 0xffffffff
}
