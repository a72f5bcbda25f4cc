import type { V1Node } from '@kubernetes/client-node'
import { type NodeFacts, nodeFacts, sameNodeFacts } from '../announcement/node.ts'
import type { Store } from '../kube/store.ts'

/** Follows what elections must know of nodes. `onChange` hears of nothing else that happens to a node. */
export function followNodes(nodes: Store<V1Node>, onChange: () => void): ReadonlyMap<string, NodeFacts> {
  const table = new Map<string, NodeFacts>()
  for (const node of nodes.values()) table.set(node.metadata?.name ?? '', nodeFacts(node))
  nodes.subscribe(({ key, after }) => {
    const facts = after && nodeFacts(after)
    if (sameNodeFacts(table.get(key), facts)) return
    if (facts) table.set(key, facts)
    else table.delete(key)
    onChange()
  })
  return table
}
