import type { V1Pod } from '@kubernetes/client-node'
import { isReadyPod } from '../kube/pod.ts'

/** A speaker that has just become ready is given so long to be heard. */
const graceMillis = 5000

/**
 * Speakers that are ready by the API, and that were never heard: of another group, with another secret or another
 * protocol. They may have any address.
 */
export class Unheard {
  readonly #own: string
  readonly #sinceMillis = new Map<string, number>()

  constructor(own: string) {
    this.#own = own
  }

  /**
   * Nodes by the addresses of their pods.
   * @param isAlone nobody is heard at all: whatever is not known of the others now would be taken from them
   */
  among(
    pods: Iterable<V1Pod>,
    isHeard: (node: string) => boolean,
    nowMillis: number,
    isAlone = false,
  ): Map<string, string> {
    const silent = [...pods].filter((pod) => isReadyPod(pod) && nodeOf(pod) !== this.#own && !isHeard(nodeOf(pod)))
    const nodes = new Set(silent.map(nodeOf))
    for (const node of this.#sinceMillis.keys()) if (!nodes.has(node)) this.#sinceMillis.delete(node)
    const sinceMillis = isAlone ? nowMillis - graceMillis : nowMillis
    for (const node of nodes) if (isAlone || !this.#sinceMillis.has(node)) this.#sinceMillis.set(node, sinceMillis)
    const isLong = (pod: V1Pod) => nowMillis - this.#sinceMillis.get(nodeOf(pod))! >= graceMillis
    return new Map(silent.filter(isLong).flatMap((pod) => addressesOf(pod).map((text) => [text, nodeOf(pod)])))
  }

  /** When to ask again; Infinity: not before something changes. */
  dueMillis(nowMillis: number): number {
    const waiting = [...this.#sinceMillis.values()].map((since) => since + graceMillis).filter((due) => due > nowMillis)
    return Math.min(...waiting)
  }
}

function nodeOf({ spec }: V1Pod): string {
  return spec?.nodeName ?? ''
}

function addressesOf({ status }: V1Pod): string[] {
  return (status?.podIPs ?? []).flatMap(({ ip }) => ip ?? [])
}
