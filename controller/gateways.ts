import { isDeepStrictEqual } from 'node:util'
import type { V1Node } from '@kubernetes/client-node'
import { tryParseAddress } from '../allocation/families.ts'
import type { Withheld } from '../allocation/withheld.ts'
import type { SpeakerStatus } from '../crds/generated/types.ts'
import type { Store } from '../kube/store.ts'

export interface GatewayOptions {
  readonly statuses: Store<SpeakerStatus>
  readonly nodes: Store<V1Node>
  readonly listener: (addresses: Withheld[]) => void
}

/**
 * Calls with the default gateways of all nodes, at once and whenever they change. Between two speakers of a node there is
 * no SpeakerStatus; what the last one told counts until the node is gone.
 */
export function followGateways({ statuses, nodes, listener }: GatewayOptions): () => void {
  const known = new Map<string, readonly string[]>()
  for (const status of statuses.values()) known.set(nodeOf(status), gatewaysIn(status))
  let told = withheldOf(known)
  let scheduled: NodeJS.Immediate | undefined
  listener(told)

  const tell = () => {
    scheduled = undefined
    const next = withheldOf(known)
    if (isDeepStrictEqual(next, told)) return
    told = next
    listener(next)
  }
  const unsubscribes = [
    statuses.subscribe(({ before, after }) => {
      const node = nodeOf((after ?? before)!)
      if (after !== undefined) known.set(node, gatewaysIn(after))
      else if (nodes.get(node) === undefined) known.delete(node)
      scheduled ??= setImmediate(tell)
    }),
    nodes.subscribe(({ key, after }) => {
      if (after !== undefined || !known.delete(key)) return
      scheduled ??= setImmediate(tell)
    }),
  ]
  return () => {
    clearImmediate(scheduled)
    for (const unsubscribe of unsubscribes) unsubscribe()
  }
}

/** In a stable order: several nodes may tell of the same gateway, of which the first one counts. */
function withheldOf(known: ReadonlyMap<string, readonly string[]>): Withheld[] {
  return [...known]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([node, gateways]) =>
      gateways.flatMap((text) => {
        const address = tryParseAddress(text)
        return address === undefined ? [] : [{ address, reason: 'Gateway' as const, by: node }]
      }),
    )
}

function gatewaysIn({ status }: SpeakerStatus): readonly string[] {
  return status?.defaultGateways ?? []
}

function nodeOf({ metadata }: SpeakerStatus): string {
  return metadata?.name ?? ''
}
