/** What a process has been told of the cluster so far, and the configurations that it had to put in force by that. */
import type { V1Namespace, V1Node } from '@kubernetes/client-node'
import type { IPAddressPool, IPReservation } from '../../crds/generated/types.ts'
import { keyOf } from '../../kube/object.ts'
import { type ReferencePool, referencePools } from './reference-pools.ts'
import type { Stored, WatchEvent } from './simulated-server.ts'

/** What a decision goes by, beside the Services. */
export interface Knowledge {
  readonly pools: readonly ReferencePool[]
  readonly nodeAddresses: ReadonlySet<string>
  readonly reservations: readonly IPReservation[]
}

/** What has to be there before the controller looks at the configuration. */
const needed = [
  ...['services', 'ipaddresspools', 'ipreservations', 'communities', 'namespaces', 'nodes'],
  ...['configurationstates', 'speakerstatuses'],
]

export class Told {
  /** In the order in which they were put in force, or in which what bears on them changed. */
  readonly history: Knowledge[] = []
  readonly #objects = new Map<string, Map<string, Stored>>()
  readonly #unmentioned = new Map<string, Set<string>>()
  readonly #synced = new Set<string>()
  #seen = ''
  #former: Knowledge = { pools: [], nodeAddresses: new Set(), reservations: [] }

  opened(plural: string, isFromNothing: boolean): void {
    if (isFromNothing) this.#unmentioned.set(plural, new Set(this.#collection(plural).keys()))
  }

  received(plural: string, { type, object }: WatchEvent): void {
    if (type === 'ERROR') return
    if (type === 'BOOKMARK') {
      for (const key of this.#unmentioned.get(plural) ?? []) this.#collection(plural).delete(key)
      this.#unmentioned.delete(plural)
      this.#synced.add(plural)
      return
    }
    const key = keyOf(object)
    this.#unmentioned.get(plural)?.delete(key)
    if (type === 'DELETED') this.#collection(plural).delete(key)
    else this.#collection(plural).set(key, object)
  }

  /** To be called when the process has come to rest: changes that arrive together are taken together. */
  takeStock(): void {
    if (!needed.every((plural) => this.#synced.has(plural))) return
    const pools = this.#all<IPAddressPool>('ipaddresspools')
    const namespaces = this.#all<V1Namespace>('namespaces')
    const nodes = this.#all<V1Node>('nodes')
    const reservations = this.#all<IPReservation>('ipreservations')
    const specs = [...pools, ...reservations].map(({ metadata, spec }) => [metadata?.name, spec])
    const seen = JSON.stringify([specs, namespaces, nodes])
    if (seen === this.#seen) return
    this.#seen = seen
    const inForce = referencePools(pools, namespaces) ?? this.history.at(-1)?.pools
    const nodeAddresses = new Set(nodes.flatMap(({ status }) => status?.addresses?.map(({ address }) => address) ?? []))
    const former = this.#former
    this.#former = { pools: inForce ?? [], nodeAddresses, reservations }
    if (inForce === undefined) return
    // Of what arrives together, reservations are taken at once, the rest one after the other.
    this.history.push({ ...former, reservations }, { ...former, nodeAddresses, reservations })
    this.history.push({ ...former, pools: inForce, reservations }, this.#former)
  }

  #collection(plural: string): Map<string, Stored> {
    const collection = this.#objects.get(plural) ?? new Map<string, Stored>()
    this.#objects.set(plural, collection)
    return collection
  }

  #all<T>(plural: string): T[] {
    return [...this.#collection(plural).values()] as T[]
  }
}
