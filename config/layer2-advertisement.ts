import type { V1Node } from '@kubernetes/client-node'
import type { L2Advertisement } from '../crds/generated/types.ts'
import type { Report } from './faults.ts'
import { type PoolSelection, parsePoolSelection } from './pool-selection.ts'
import { labelsOf, nameOf, selectNodes } from './selected-nodes.ts'
import { formatSelector, type Labels, matchesSelector, parseSelector, parseSelectors } from './selector.ts'
import type { Layer2Advertisement } from './snapshot.ts'

/** An advertisement with the question which pools it is for. */
export interface Layer2Draft {
  readonly advertisement: Layer2Advertisement
  readonly selection: PoolSelection
  readonly report: Report
}

interface Preference {
  readonly weight: number
  readonly matches: (labels: Labels) => boolean
}

export function parseLayer2(source: L2Advertisement, allNodes: readonly V1Node[], report: Report): Layer2Draft {
  const nodes = selectNodes(source.spec?.nodeSelectors, allNodes, report)
  return {
    advertisement: {
      name: source.metadata?.name ?? '',
      nodes: new Set(nodes.map(nameOf)),
      interfaces: source.spec?.interfaces ?? [],
      serviceSelectors: parseSelectors(source.spec?.serviceSelectors, 'spec.serviceSelectors', report),
      preferredNodes: scoresOf(nodes, parsePreferences(source, report)),
      placement: parsePlacement(source, report),
    },
    selection: parsePoolSelection(source.spec, report),
    report,
  }
}

/** Of advertisements that say the same, one is kept, unless nodes are scored: scores of several add up. */
export function collapse(advertisements: readonly Layer2Advertisement[]): Layer2Advertisement[] {
  const seen = new Set<string>()
  return advertisements.filter((advertisement) => {
    if (advertisement.preferredNodes.size > 0) return true
    const identity = identityOf(advertisement)
    return !seen.has(identity) && seen.add(identity)
  })
}

function identityOf({ nodes, interfaces, serviceSelectors, placement }: Layer2Advertisement): string {
  return JSON.stringify([
    [...nodes].sort(),
    [...new Set(interfaces)].sort(),
    serviceSelectors.map(formatSelector).sort(),
    placement,
  ])
}

function parsePlacement({ spec }: L2Advertisement, report: Report): Layer2Advertisement['placement'] {
  const placement = spec?.placement
  if (placement === undefined || ['Hash', 'Balanced'].includes(placement)) return placement
  report({ code: 'bad-placement', field: 'spec.placement', value: placement })
  return undefined
}

function parsePreferences(source: L2Advertisement, report: Report): Preference[] {
  const field = 'spec.preferredNodeSelectors'
  const sources = source.spec?.preferredNodeSelectors ?? []
  return sources.map(({ weight, preference }, index) => {
    if (!isWeight(weight)) report({ code: 'bad-weight', field: `${field}[${index}].weight`, value: weight })
    const selector = parseSelector(preference, `${field}[${index}].preference`, report)
    return { weight, matches: (labels) => matchesSelector(selector, labels) }
  })
}

/** The sum of the weights of the preferences that match; nodes that none matches have no score. */
function scoresOf(nodes: readonly V1Node[], preferences: readonly Preference[]): Map<string, number> {
  const scores = nodes.map((node): [string, number] => {
    const matching = preferences.filter(({ matches }) => matches(labelsOf(node)))
    return [nameOf(node), matching.reduce((sum, { weight }) => sum + weight, 0)]
  })
  return new Map(scores.filter(([, score]) => score > 0))
}

function isWeight(weight: number): boolean {
  return Number.isInteger(weight) && weight >= 1 && weight <= 100
}
