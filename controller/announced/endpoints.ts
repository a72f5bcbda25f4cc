/**
 * Which Services have endpoints, and on which nodes. Of ten thousand EndpointSlices as little as can be stays in memory:
 * neither addresses nor ports, and each name of a node once.
 */
import type { V1EndpointSlice, V1ObjectMeta } from '@kubernetes/client-node'
import { isUsable, type UsableEndpoints } from '../../announcement/endpoints.ts'
import type { KubeClient } from '../../kube/client.ts'
import { endpointSlices } from '../../kube/core.ts'
import { given } from '../../kube/given.ts'
import type { KubeObject } from '../../kube/object.ts'
import { type ReflectOptions, type Reflector, reflect } from '../../kube/reflector.ts'
import type { Resource } from '../../kube/resource.ts'
import type { Change, Store } from '../../kube/store.ts'
import { Interner } from './interner.ts'

/** What is kept of an EndpointSlice. */
export interface KeptSlice extends KubeObject {
  /** Key of its Service. */
  readonly service: string
  /** An endpoint can take traffic; perhaps nobody knows where it is. */
  readonly any: boolean
  /** The nodes that have one. */
  readonly nodes: readonly string[]
}

/** Of the largest clusters, twice. */
const nodeLimit = 10_000

const serviceNameLabel = 'kubernetes.io/service-name'

/** Slices of headless Services are left out: those have no address of ours. */
export function reflectEndpoints(
  client: KubeClient,
  options: Pick<ReflectOptions<KeptSlice>, 'log' | 'clock'>,
): Reflector<KeptSlice> {
  // The transform sees what the server sends, everybody else what it returns.
  const resource = endpointSlices as KubeObject as Resource<KeptSlice>
  const keep = keepSlices() as (object: KubeObject) => KeptSlice
  const labelSelector = `${serviceNameLabel},!service.kubernetes.io/headless`
  return reflect(client, resource, { ...options, labelSelector, transform: keep })
}

export function keepSlices(): (slice: V1EndpointSlice) => KeptSlice {
  const names = new Interner<string>(nodeLimit)
  return ({ metadata = {}, endpoints }) => {
    const usable = (endpoints ?? []).filter(isUsable)
    const nodes = new Set(usable.flatMap(({ nodeName }) => (nodeName ? [names.one(nodeName, nodeName)] : [])))
    const { namespace, name, resourceVersion } = metadata
    return {
      metadata: given({ namespace, name, resourceVersion }) as V1ObjectMeta,
      service: `${namespace}/${metadata.labels?.[serviceNameLabel]}`,
      any: usable.length > 0,
      nodes: [...nodes].sort(),
    }
  }
}

const noEndpoints: UsableEndpoints = { any: false, nodes: new Set() }

/** The slices by Service. Most have one, those of two families two: an index of sets would be larger than the slices. */
export class EndpointTable {
  readonly #slices = new Map<string, KeptSlice | readonly KeptSlice[]>()
  readonly #onChange: (service: string) => void
  readonly #unsubscribe: () => void

  constructor(store: Store<KeptSlice>, onChange: (service: string) => void) {
    this.#onChange = onChange
    for (const slice of store.values()) this.#put(slice.service, [...this.#of(slice.service), slice])
    this.#unsubscribe = store.subscribe((change) => this.#changed(change))
  }

  of(service: string): UsableEndpoints {
    const slices = this.#of(service)
    if (slices.length === 0) return noEndpoints
    return { any: slices.some(({ any }) => any), nodes: new Set(slices.flatMap(({ nodes }) => nodes)) }
  }

  stop(): void {
    this.#unsubscribe()
  }

  #of(service: string): readonly KeptSlice[] {
    const found = this.#slices.get(service)
    if (found === undefined) return []
    return 'service' in found ? [found] : found
  }

  #put(service: string, slices: readonly KeptSlice[]): void {
    const [only] = slices
    if (only === undefined) this.#slices.delete(service)
    else this.#slices.set(service, slices.length === 1 ? only : slices)
  }

  #changed({ before, after }: Change<KeptSlice>): void {
    for (const service of new Set([before?.service, after?.service])) {
      if (service === undefined) continue
      const others = this.#of(service).filter((one) => one !== before)
      this.#put(service, after?.service === service ? [...others, after] : others)
      if (before?.service !== after?.service || !isSame(before, after)) this.#onChange(service)
    }
  }
}

function isSame(before: KeptSlice | undefined, after: KeptSlice | undefined): boolean {
  return before?.any === after?.any && before?.nodes.join() === after?.nodes.join()
}
