import type { V1Endpoint, V1EndpointSlice } from '@kubernetes/client-node'

/** The endpoints of one Service that can take traffic. */
export interface UsableEndpoints {
  /** True when there is at least one; neither its addresses nor its node are looked at. */
  readonly any: boolean
  /** The nodes that have one. */
  readonly nodes: ReadonlySet<string>
}

export function usableEndpoints(slices: Iterable<V1EndpointSlice>): UsableEndpoints {
  const nodes = new Set<string>()
  let any = false
  for (const slice of slices) {
    for (const endpoint of slice.endpoints ?? []) {
      if (!isUsable(endpoint)) continue
      any = true
      if (endpoint.nodeName) nodes.add(endpoint.nodeName)
    }
  }
  return { any, nodes }
}

/** An absent `ready` means ready; an endpoint that terminates but still serves is usable. */
export function isUsable(endpoint: V1Endpoint): boolean {
  return endpoint.conditions?.ready !== false || endpoint.conditions?.serving === true
}
