import type { V1Node } from '@kubernetes/client-node'

/** What an election must know of a node. */
export interface NodeFacts {
  readonly ready: boolean
  readonly networkUnavailable: boolean
  readonly excluded: boolean
}

/** Presence counts, whatever the value. */
const excludeLabel = 'node.kubernetes.io/exclude-from-external-load-balancers'

export function nodeFacts(node: V1Node): NodeFacts {
  return {
    ready: hasCondition(node, 'Ready'),
    networkUnavailable: hasCondition(node, 'NetworkUnavailable'),
    excluded: Object.hasOwn(node.metadata?.labels ?? {}, excludeLabel),
  }
}

export function sameNodeFacts(a: NodeFacts | undefined, b: NodeFacts | undefined): boolean {
  return a?.ready === b?.ready && a?.networkUnavailable === b?.networkUnavailable && a?.excluded === b?.excluded
}

function hasCondition(node: V1Node, type: string): boolean {
  return node.status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false
}
