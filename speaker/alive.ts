import type { V1Node, V1Pod } from '@kubernetes/client-node'
import { nodeFacts } from '../announcement/node.ts'
import { isReadyPod } from '../kube/pod.ts'
import type { Store } from '../kube/store.ts'

/** Which nodes have a speaker that can answer. Where it is known from is nobody else's business. */
export interface Alive {
  readonly nodes: ReadonlySet<string>
  /** Called after each change of `nodes`. */
  subscribe(listener: () => void): void
}

/** Ready nodes with a ready speaker's pod, as the API server sees them. */
export function aliveFromApi(nodes: Store<V1Node>, speakerPods: Store<V1Pod>): Alive {
  const listeners: (() => void)[] = []
  let alive = aliveNodes(nodes.values(), speakerPods.values())
  const update = (): void => {
    const now = aliveNodes(nodes.values(), speakerPods.values())
    if (now.size === alive.size && [...now].every((node) => alive.has(node))) return
    alive = now
    for (const listener of listeners) listener()
  }
  nodes.subscribe(update)
  speakerPods.subscribe(update)
  return {
    get nodes() {
      return alive
    },
    subscribe: (listener) => void listeners.push(listener),
  }
}

export function aliveNodes(nodes: Iterable<V1Node>, speakerPods: Iterable<V1Pod>): ReadonlySet<string> {
  const speaking = new Set<string | undefined>()
  for (const pod of speakerPods) if (isReadyPod(pod)) speaking.add(pod.spec?.nodeName)
  const alive = new Set<string>()
  for (const node of nodes) {
    const name = node.metadata?.name ?? ''
    if (speaking.has(name) && nodeFacts(node).ready) alive.add(name)
  }
  return alive
}
