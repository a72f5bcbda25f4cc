import type { V1LabelSelector } from '@kubernetes/client-node'
import type { ConfigObjects } from './parse.ts'
import { labelsOf } from './selected-nodes.ts'
import { type Labels, matchesAny, parseSelectors } from './selector.ts'

/**
 * The objects that concern one node: without peers and BGP advertisements for other nodes, so that what is wrong with
 * them troubles nobody here. One whose selectors are at fault stays, to be reported.
 */
export function forNode(objects: ConfigObjects, name: string): ConfigObjects {
  const node = objects.nodes?.find(({ metadata }) => metadata?.name === name)
  const labels = node === undefined ? {} : labelsOf(node)
  const concerns = ({ spec }: { spec?: { nodeSelectors?: V1LabelSelector[] } }) => selects(spec?.nodeSelectors, labels)
  return {
    ...objects,
    bgpPeers: (objects.bgpPeers ?? []).filter(concerns),
    bgpAdvertisements: (objects.bgpAdvertisements ?? []).filter(concerns),
  }
}

function selects(sources: V1LabelSelector[] | undefined, labels: Labels): boolean {
  if (sources === undefined || sources.length === 0) return true
  let isAtFault = false
  const selectors = parseSelectors(sources, '', () => {
    isAtFault = true
  })
  return isAtFault || matchesAny(selectors, labels)
}
