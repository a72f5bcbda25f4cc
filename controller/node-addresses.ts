import { isDeepStrictEqual } from 'node:util'
import type { V1Node } from '@kubernetes/client-node'
import { tryParseAddress } from '../allocation/families.ts'
import type { Withheld } from '../allocation/withheld.ts'
import type { Change, Store } from '../kube/store.ts'

const ownTypes: ReadonlySet<string> = new Set(['InternalIP', 'ExternalIP'])

/** The addresses that the nodes have themselves; given to a Service, one would take the node off the network. */
export function nodeAddressesOf(nodes: Iterable<V1Node>): Withheld[] {
  return [...nodes].flatMap(({ metadata, status }) =>
    (status?.addresses ?? []).flatMap(({ type, address: text }) => {
      const address = ownTypes.has(type) ? tryParseAddress(text) : undefined
      return address === undefined ? [] : [{ address, reason: 'NodeAddress' as const, by: metadata?.name ?? '' }]
    }),
  )
}

/** Calls with all of them, at once and whenever one changes; changes that arrive together are taken together. */
export function followNodeAddresses(nodes: Store<V1Node>, listener: (addresses: Withheld[]) => void): () => void {
  let scheduled: NodeJS.Immediate | undefined
  const tell = () => {
    scheduled = undefined
    listener(nodeAddressesOf(nodes.values()))
  }
  tell()
  const unsubscribe = nodes.subscribe((change) => {
    if (isOtherAddresses(change)) scheduled ??= setImmediate(tell)
  })
  return () => {
    clearImmediate(scheduled)
    unsubscribe()
  }
}

function isOtherAddresses({ before, after }: Change<V1Node>): boolean {
  return !isDeepStrictEqual(before?.status?.addresses, after?.status?.addresses)
}
