import type { V1LabelSelector, V1Node } from '@kubernetes/client-node'
import type { Report } from './faults.ts'
import { type Labels, matchesAny, parseSelectors } from './selector.ts'

/** The existing nodes that the selectors in `spec.nodeSelectors` choose; all of them where there is no selector. */
export function selectNodes(
  sources: V1LabelSelector[] | undefined,
  allNodes: readonly V1Node[],
  report: Report,
): readonly V1Node[] {
  const selectors = parseSelectors(sources, 'spec.nodeSelectors', report)
  return selectors.length === 0 ? allNodes : allNodes.filter((node) => matchesAny(selectors, labelsOf(node)))
}

export function nameOf({ metadata }: V1Node): string {
  return metadata?.name ?? ''
}

export function labelsOf({ metadata }: V1Node): Labels {
  return metadata?.labels ?? {}
}
